#include <partita/runtime/message.hpp>

#include <map>
#include <mutex>

namespace partita {
namespace {

/// Filled while the program starts, from several files in no order, hence made on first use.
struct type_register {
    std::mutex mutex;
    std::map<std::uint64_t, const message_type*> types;

    [[nodiscard]] static type_register& shared() {
        static type_register& made = *new type_register;
        return made;
    }
};

}  // namespace

const message_type* find_message_type(std::uint64_t hash) {
    type_register& known = type_register::shared();
    const std::lock_guard guard(known.mutex);
    const auto found = known.types.find(hash);
    return found == known.types.end() ? nullptr : found->second;
}

bool detail::register_message_type(const message_type& type) {
    type_register& known = type_register::shared();
    const std::lock_guard guard(known.mutex);
    known.types.emplace(type.hash, &type);
    return true;
}

}  // namespace partita
