#include "search_tree.hpp"

#include <stdexcept>
#include <utility>

namespace partita::detail {

void decision_tree::add(node above, decision_number last, std::span<const decision_number> offers,
                        std::span<const std::uint32_t> memory) {
    if (next_.nodes.size() >= UINT32_MAX) {
        throw std::length_error("more than 2^32 decision sets of one size wait to be extended");
    }
    next_.nodes.push_back({above, last});
    next_.offers.insert(next_.offers.end(), offers.begin(), offers.end());
    next_.offers_end.push_back(next_.offers.size());
    next_.memory.insert(next_.memory.end(), memory.begin(), memory.end());
}

void decision_tree::descend() {
    if (started_) {
        above_.push_back(std::move(current_.nodes));
    }
    started_ = true;
    current_ = std::exchange(next_, {});
}

std::span<const decision_number> decision_tree::offers(node at) const {
    const std::uint64_t begin = at == 0 ? 0 : current_.offers_end[at - 1];
    return std::span(current_.offers).subspan(begin, current_.offers_end[at] - begin);
}

std::span<const std::uint32_t> decision_tree::memory(node at) const {
    return std::span(current_.memory).subspan(at * memory_words_, memory_words_);
}

void decision_tree::spell(node at, std::vector<decision_number>& set) const {
    set.resize(depth());
    if (depth() == 0) {
        return;
    }
    link step = current_.nodes[at];
    for (std::size_t place = depth(); place-- > 1;) {
        set[place] = step.last;
        step = above_[place][step.above];
    }
    set[0] = step.last;
}

}  // namespace partita::detail
