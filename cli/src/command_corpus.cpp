#include <filesystem>
#include <memory>

#include <partita/corpus/corpus.hpp>
#include <partita/schedules/codec.hpp>

#include "commands.hpp"
#include "corpus_actions.hpp"
#include "failure.hpp"
#include "terminal.hpp"
#include "trial_options.hpp"

namespace partita::cli {
namespace {

struct corpus_arguments {
    std::vector<std::string> targets;
    std::string target;
    worker_options workers;
    std::string corpus;
    std::optional<std::string> out;
    bool all = false;
    bool json = false;
};
using given_arguments = std::shared_ptr<corpus_arguments>;

/// Declares one action of `corpus`, with what all of them take.
declaration action(declaration& to, session& in, const given_arguments& given,
                   const std::string& name, const std::string& about, const std::string& example,
                   const std::function<int(const session&, const corpus_arguments&)>& does) {
    declaration made = to.sub(name, about, in.program + " corpus " + example);
    declare_corpus(made, given->corpus);
    made.toggle("--json", "Print JSON", given->json);
    made.chosen(
        [&in, given, does] { in.chosen = [&in, given, does] { return does(in, *given); }; });
    return made;
}

corpus_action with(const corpus_arguments& given) { return {given.corpus, given.json}; }

void add_readers(declaration& to, session& in) {
    auto given = std::make_shared<corpus_arguments>();
    action(to, in, given, "list", "All counterexamples", "list --json",
           [](const session&, const corpus_arguments& it) { return list_corpus(with(it)); });

    given = std::make_shared<corpus_arguments>();
    action(
        to, in, given, "show", "One counterexample, as it is exported", "show 3f9c",
        [](const session&, const corpus_arguments& it) { return show_entry(with(it), it.target); })
        .word({"ID", "", "Its first digits, at least four", true}, given->target);

    given = std::make_shared<corpus_arguments>();
    declaration made =
        action(to, in, given, "export", "Write counterexamples as text, a file each",
               "export --all --out regressions", [](const session&, const corpus_arguments& it) {
                   if (it.all != it.target.empty())
                       throw failure("corpus export: expected an ID or --all");
                   return export_entries(with(it), it.target, *it.out);
               });
    made.word({"ID", "", "Its first digits, at least four"}, given->target);
    made.toggle("--all", "All of them", given->all);
    made.word({"--out", "DIR", "Where to; made when it is not there", true}, given->out);
}

void add_writers(declaration& to, session& in) {
    auto given = std::make_shared<corpus_arguments>();
    declaration made =
        action(to, in, given, "add", "Run a schedule and keep it if it does not hold",
               "add lost.schedule", [](const session& from, const corpus_arguments& it) {
                   return add_file(from, with(it), it.target, isolation_of(it.workers));
               });
    made.word({"FILE", "", "A schedule file", true}, given->target);
    declare(made, given->workers, false);

    given = std::make_shared<corpus_arguments>();
    action(to, in, given, "remove", "Remove a counterexample", "remove 3f9c",
           [](const session&, const corpus_arguments& it) {
               return remove_entry(with(it), it.target);
           })
        .word({"ID", "", "Its first digits, at least four", true}, given->target);

    given = std::make_shared<corpus_arguments>();
    action(to, in, given, "import", "Add exported files", "import regressions/*.schedule",
           [](const session&, const corpus_arguments& it) {
               return import_files(with(it), it.targets);
           })
        .words({"FILE", "", "What corpus export wrote", true}, given->targets);

    given = std::make_shared<corpus_arguments>();
    action(to, in, given, "merge", "Add all of another corpus", "merge other.db",
           [](const session&, const corpus_arguments& it) {
               return merge_corpus(with(it), it.target);
           })
        .word({"FILE", "", "The other corpus", true}, given->target);
}

}  // namespace

void add_corpus(declaration& to, session& in) {
    declaration command = to.sub("corpus", "Look at and change the store of counterexamples",
                                 in.program + " corpus list");
    command.needs_sub();
    add_readers(command, in);
    add_writers(command, in);
}

}  // namespace partita::cli
