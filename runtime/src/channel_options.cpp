#include <partita/runtime/channel_options.hpp>

#include <algorithm>

namespace partita {

channel_table::channel_table(std::vector<channel_options> channels) {
    for (channel_options& each : channels) {
        std::erase_if(declared_,
                      [&](const channel_options& other) { return other.name == each.name; });
        declared_.push_back(std::move(each));
    }
    std::sort(declared_.begin(), declared_.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    for (const channel_options& each : declared_) {
        hashes_.push_back(channel(each.name).hash);
        const bool plain =
            each.parallelism == 1 && !each.monotonic && !each.reliable && !each.causal;
        plain_ = plain_ && plain;
    }
}

const channel_options& channel_table::find(std::uint64_t hash) const {
    const auto found = std::find(hashes_.begin(), hashes_.end(), hash);
    if (found == hashes_.end()) return usual_;
    return declared_[static_cast<std::size_t>(found - hashes_.begin())];
}

}  // namespace partita
