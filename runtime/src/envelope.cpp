#include <partita/runtime/envelope.hpp>

#include <algorithm>

namespace partita {

std::string envelope::text() const {
    return type == nullptr ? "wake" : type->print(payload.bytes());
}

void envelope_pool::grow() {
    const std::size_t count = blocks_.empty() ? 64 : std::min<std::size_t>(made_, 16'384);
    blocks_.push_back(std::make_unique<envelope[]>(count));
    // Room for all that were ever made: giving one back must not allocate, it is noexcept.
    made_ += count;
    free_.reserve(made_);
    for (std::size_t at = count; at-- > 0;) {
        blocks_.back()[at].home_ = this;
        free_.push_back(&blocks_.back()[at]);
    }
}

envelope_ptr detached(envelope_ptr pooled) {
    if (pooled->home_ == nullptr) return pooled;
    auto loose = std::make_unique<envelope>(std::move(*pooled));
    loose->home_ = nullptr;
    return envelope_ptr(loose.release());
}

envelope_ptr envelope_pool::copy(const envelope& original) {
    envelope_ptr twin = make();
    envelope_pool* home = twin->home_;
    *twin = original;
    twin->home_ = home;
    twin->is_copy = true;
    return twin;
}

}  // namespace partita
