#include "net/type_table.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>

namespace partita::detail {
namespace {

std::string unknown_type(std::span<const std::byte> bytes) {
    return std::to_string(bytes.size()) + " bytes of a type that this program does not have";
}

/// Types that were met on the wire only. Lives as long as the program: envelopes point into it.
class foreign_types {
   public:
    [[nodiscard]] static foreign_types& shared() {
        static foreign_types& table = *new foreign_types;
        return table;
    }

    [[nodiscard]] const message_type& find(std::uint64_t hash) {
        const std::lock_guard guard(mutex_);
        const auto found = types_.find(hash);
        if (found != types_.end()) return *found->second;
        return add(hash, "type " + std::to_string(hash));
    }
    void name(std::uint64_t hash, std::string_view said) {
        const std::lock_guard guard(mutex_);
        const auto found = types_.find(hash);
        if (found == types_.end() || found->second->name != said) add(hash, std::string(said));
    }
    [[nodiscard]] std::string_view lasting(std::string_view name) {
        const std::lock_guard guard(mutex_);
        return *names_.emplace(name).first;
    }

   private:
    const message_type& add(std::uint64_t hash, std::string said) {
        const std::string& kept = *names_.emplace(std::move(said)).first;
        types_[hash] = made_
                           .emplace_back(std::make_unique<message_type>(
                               message_type{kept, hash, &unknown_type}))
                           .get();
        return *types_[hash];
    }

    std::mutex mutex_;
    std::set<std::string, std::less<>> names_;
    std::map<std::uint64_t, const message_type*> types_;
    std::vector<std::unique_ptr<message_type>> made_;
};

}  // namespace

const message_type& type_with(std::uint64_t hash) {
    if (const message_type* own = find_message_type(hash)) return *own;
    return foreign_types::shared().find(hash);
}

void name_type(std::uint64_t hash, std::string_view name) {
    if (find_message_type(hash) == nullptr) foreign_types::shared().name(hash, name);
}

channel lasting_channel(std::string_view name) {
    return channel(foreign_types::shared().lasting(name));
}

}  // namespace partita::detail
