// Whatever bytes stand in a counterexample file, reading it gives a counterexample or one line of
// error, and what was read is written as a file that reads the same. Whatever schedule reads makes
// a counterexample that does, too: the fuzzer cannot find a SHA-256 by itself.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <partita/corpus/counterexample.hpp>
#include <partita/schedules/codec.hpp>

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void require_round_trip(const partita::counterexample& finding) {
    const std::string written = partita::to_text(finding);
    const auto again = partita::parse_counterexample(written, "written");
    require(again.has_value() && *again == finding);
    require(partita::to_text(*again) == written);
    require(!partita::to_json(finding).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto finding = partita::parse_counterexample(text, "input");
    if (finding) {
        require_round_trip(*finding);
    } else {
        require(!finding.error().message.empty());
        require(finding.error().message.find('\n') == std::string::npos);
    }
    if (auto content = partita::parse_schedule(text)) {
        const std::string any(text.substr(0, 100));
        require_round_trip(partita::make_counterexample(std::move(*content),
                                                        partita::verdict::violated, {any, any, any},
                                                        size, {any, any, any, any}));
    }
    return 0;
}
