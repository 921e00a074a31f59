#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/search.hpp>

#include "isolation.hpp"
#include "trial_options.hpp"

namespace partita::cli {

struct finding_options {
    std::string corpus_file;
    bool save = true;
    std::uint64_t save_most = 100;
    std::string strategy;
    std::string seed;
};

/// What a search has found, stored as soon as it is found, so that an end by force loses nothing. A
/// failing set of decisions of which no proper subset failed before is minimal when sets come
/// fewest first; that is what is kept. The corpus is made with the first finding and not before;
/// when it cannot be written the search goes on, and error() says why.
class findings {
   public:
    using describe_function = std::function<schedule(const decision_set&)>;

    /// Throws failure when the corpus is there but cannot be used.
    findings(const application&, const isolation_options&, finding_options);

    /// Runs the failing trial once more for its words, and stores it when it is minimal so far.
    void add(const failing_trial&, const describe_function&);
    /// Stores a violated schedule that was just run. Returns it as a counterexample.
    const counterexample& add(schedule, const trial_summary&);

    [[nodiscard]] const std::vector<counterexample>& all() const { return found_; }
    [[nodiscard]] std::vector<std::string> stored_ids() const;
    /// The shortest name of a finding in the corpus, or nothing when it is not there.
    [[nodiscard]] std::optional<std::string> name_of(const counterexample&) const;
    [[nodiscard]] const std::optional<error>& corpus_error() const { return error_; }
    /// The first trial that did not come out the same again.
    [[nodiscard]] const std::optional<nondeterminism>& leak() const { return leak_; }

   private:
    [[nodiscard]] bool is_minimal(const decision_set&);
    void compare(const failing_trial&, const schedule&, const outcome&);
    void store(const counterexample&);

    const application& of_;
    isolation_options isolation_;
    finding_options options_;
    std::optional<corpus> corpus_;
    std::vector<decision_set> minimal_;  ///< each sorted
    std::vector<counterexample> found_;
    std::vector<std::string> stored_;
    std::optional<error> error_;
    std::optional<nondeterminism> leak_;
};

}  // namespace partita::cli
