#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <partita/schedules/worklist.hpp>

namespace partita::detail {

/// What a protocol's description says about the types of one trace, with types as numbers.
class worklist_rules {
   public:
    worklist_rules(const worklist_protocol&, bool original_causality,
                   const std::map<std::string, std::size_t>& type_numbers);

    /// Which annotations hold when this many messages of each type remain.
    using schedule_class = std::vector<bool>;
    [[nodiscard]] schedule_class class_of(const std::vector<std::uint32_t>& remaining) const;

    /// Whether every type that remains has a cause that remains, or needs none.
    [[nodiscard]] bool is_possible(const std::vector<std::uint32_t>& remaining) const;

   private:
    struct condition {
        std::size_t type = 0;
        std::uint32_t count = 0;
    };
    struct dependency {
        bool binding = false;
        std::vector<std::size_t> causes;
    };
    [[nodiscard]] static bool holds(const std::vector<condition>& conditions,
                                    const std::vector<std::uint32_t>& remaining);
    void add_annotation(const type_annotation&, const std::map<std::string, std::size_t>& numbers);
    void add_causality(const type_causality&, bool binding,
                       const std::map<std::string, std::size_t>& numbers);

    std::vector<std::vector<condition>> annotations_;
    std::vector<dependency> dependencies_;  ///< by type
};

}  // namespace partita::detail
