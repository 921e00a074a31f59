// `partita corpus ...`, replay, shrink and regress over one store of counterexamples.

#include "program_runs.hpp"

#include <sqlite3.h>

namespace partita::test {
namespace {

using nlohmann::json;

/// A workplace with the lost commit in its corpus.
class corpus_command : public testing::Test {
   protected:
    corpus_command() {
        here.write("lost.schedule", lost_commit);
        const auto added = here.call(words("corpus add lost.schedule --json"));
        EXPECT_EQ(added.code, 0) << added;
        id = added.json()["id"];
    }
    [[nodiscard]] program_run call(const std::string& line) const { return here.call(words(line)); }

    workplace here;
    std::string id;
};

TEST_F(corpus_command, lists_and_shows_what_was_added) {
    const json all = call("corpus list --json").json();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0]["id"], id);
    EXPECT_EQ(call("corpus show " + id.substr(0, 4) + " --json").json(), all[0]);
    EXPECT_TRUE(contains(call("corpus list").out, id.substr(0, 4) + "  open  lampson-2pc nodes=4"));
    EXPECT_TRUE(contains(call("corpus show " + id).out, "\nomit n1 -> n2 commit #1\n"));
}

TEST_F(corpus_command, adding_a_schedule_that_holds_keeps_nothing) {
    here.write("fine.schedule", "app lampson-2pc nodes=4\nn1 broadcast 42\n");
    const auto run = call("corpus add fine.schedule");
    EXPECT_EQ(run.code, 0);
    EXPECT_EQ(run.out, "holds: nothing to keep\n");
    EXPECT_EQ(call("corpus list --json").json().size(), 1u);
}

TEST_F(corpus_command, adding_ends_with_the_replay) {
    const auto run = call("corpus add lost.schedule --corpus other.db");
    EXPECT_EQ(last_line(run.out),
              "replay: partita replay " + id.substr(0, 4) + " --trace --corpus other.db");
}

TEST_F(corpus_command, export_and_import_are_inverse) {
    const auto exported = call("corpus export " + id.substr(0, 6) + " --out texts");
    ASSERT_EQ(exported.code, 0) << exported;
    const std::string file = "texts/lampson-2pc-" + id.substr(0, 12) + ".schedule";
    EXPECT_EQ(exported.out, file + "\n");
    EXPECT_TRUE(contains(text_of(here / file), "\nomit n1 -> n2 commit #1\n"));

    const auto imported = call("corpus import " + file + " --corpus copy.db --json");
    EXPECT_EQ(imported.json()["added"], json::array({id})) << imported;
    EXPECT_EQ(call("corpus list --json --corpus copy.db").out, call("corpus list --json").out);
    EXPECT_EQ(call("corpus import " + file + " --json").json()["added"], json::array());
    EXPECT_EQ(call("run " + file).code, 1) << "an export is a schedule, too";
}

TEST_F(corpus_command, an_import_of_files_of_which_one_is_wrong_adds_none) {
    (void)call("corpus export --all --out texts");
    const auto run = call("corpus import texts/lampson-2pc-" + id.substr(0, 12) +
                          ".schedule lost.schedule --corpus copy.db");
    EXPECT_EQ(run.code, 2);
    EXPECT_FALSE(std::filesystem::exists(here / "copy.db"));
}

TEST_F(corpus_command, merge_and_remove) {
    EXPECT_EQ(call("corpus merge partita.db --corpus other.db --json").json()["added"], 1);
    EXPECT_EQ(call("corpus merge partita.db --corpus other.db --json").json()["added"], 0);
    EXPECT_EQ(call("corpus remove " + id.substr(0, 4)).code, 0);
    EXPECT_EQ(call("corpus list").out, "no counterexamples\n");
    EXPECT_EQ(call("corpus remove " + id).code, 2);
}

TEST_F(corpus_command, replay_is_exact_and_tells_the_trace) {
    const auto run = call("replay " + id.substr(0, 4) + " --json");
    EXPECT_EQ(run.code, 1);
    const json said = run.json();
    EXPECT_EQ(said["replay"], "exact");
    EXPECT_EQ(said["verdict"], "violated");
    EXPECT_EQ(said["same_trace"], true);
    EXPECT_EQ(said["trace_hash"].get<std::string>().size(), 16u);
    EXPECT_EQ(said["trace_hash"], call("run lost.schedule --json").json()["trace_hash"]);

    const auto table = call("replay " + id.substr(0, 4));
    EXPECT_TRUE(contains(table.out, "x commit -> n2  OMITTED")) << table;
    EXPECT_FALSE(contains(table.out, "spawn commit")) << table;
    const auto whole = call("replay " + id.substr(0, 4) + " --trace");
    EXPECT_TRUE(contains(whole.out, "spawn commit")) << whole;
    EXPECT_EQ(last_line(table.out), "replay: partita replay " + id.substr(0, 4) + " --trace");
}

TEST_F(corpus_command, a_deviation_whose_site_is_gone_is_repaired) {
    here.write("extra.schedule", std::string(lost_commit) + "omit n1 -> n3 abort #1\n");
    const json added = call("corpus add extra.schedule --json").json();
    const auto run = call("replay " + added["id"].get<std::string>() + " --json");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.json()["replay"], "repaired");
    EXPECT_EQ(run.json()["edits"].size(), 1u);
}

TEST_F(corpus_command, a_schedule_whose_sites_never_come_is_stale) {
    here.write("never.schedule",
               "app lampson-2pc nodes=4\nn1 broadcast 42\nomit n1 -> n3 abort #1\n");
    const auto run = call("replay never.schedule");
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(contains(run.out, "replay: stale")) << run;
    EXPECT_EQ(last_line(run.out), "replay: partita replay never.schedule --trace");
}

TEST_F(corpus_command, replay_of_an_unknown_id_is_bad_input) {
    for (const char* unknown : {"ffffffffffff", "abc", "nonsense"}) {
        const auto run = here.call({"replay", unknown});
        EXPECT_EQ(run.code, 2) << run;
        EXPECT_TRUE(contains(run.err, unknown)) << run;
    }
}

TEST_F(corpus_command, shrink_leaves_what_matters) {
    here.write("big.schedule",
               std::string(lost_commit) +
                   "omit n4 -> n1 commit_ack #1\ndelay n1 -> n3 prepare #1 by 3ms\n");
    const auto run = call("shrink big.schedule --json");
    EXPECT_EQ(run.code, 1) << run;
    const json said = run.json();
    EXPECT_EQ(said["faults_before"], 3);
    EXPECT_EQ(said["faults_after"], 1);
    EXPECT_EQ(said["minimal"], true);
    EXPECT_FALSE(said.contains("id"));

    const auto saved = call("shrink big.schedule --save");
    EXPECT_TRUE(contains(saved.out, "before: 3 faults")) << saved;
    EXPECT_TRUE(contains(saved.out, "after: 1 fault and")) << saved;
    EXPECT_TRUE(last_line(saved.out).starts_with("replay: partita replay ")) << saved;
}

TEST_F(corpus_command, shrink_of_what_holds_is_bad_input) {
    here.write("fine.schedule", "app lampson-2pc nodes=4\nn1 broadcast 42\n");
    const auto run = call("shrink fine.schedule");
    EXPECT_EQ(run.code, 2);
    EXPECT_TRUE(contains(run.err, "holds")) << run;
}

TEST_F(corpus_command, regress_fails_while_a_counterexample_reproduces) {
    const auto run = call("regress --junit report.xml");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_TRUE(contains(run.out, id.substr(0, 4) + "  exact, reproduces")) << run;
    EXPECT_EQ(last_line(run.out), "replay: partita replay " + id.substr(0, 4) + " --trace");
    EXPECT_EQ(call("corpus list --json").json()[0]["status"], "reproduces");
    const std::string report = text_of(here / "report.xml");
    EXPECT_TRUE(contains(report, "tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\""))
        << report;
    EXPECT_TRUE(contains(report, "n1 -&gt; n2 commit #1")) << report;
}

TEST_F(corpus_command, regress_of_a_directory_needs_no_corpus) {
    (void)call("corpus export --all --out texts");
    std::filesystem::remove(here / "partita.db");
    const auto run = call("regress --from texts --json");
    EXPECT_EQ(run.code, 1) << run;
    EXPECT_EQ(run.json()[0]["id"], id);
    EXPECT_EQ(run.json()[0]["replay"], "exact");
    EXPECT_FALSE(std::filesystem::exists(here / "partita.db"));
}

TEST_F(corpus_command, regress_tells_stale_and_holding_ones_apart) {
    std::filesystem::create_directory(here / "mixed");
    here.write("mixed/holds.schedule", "app lampson-2pc nodes=4\nn1 broadcast 42\n");
    EXPECT_EQ(call("regress --from mixed").code, 0);
    here.write("mixed/gone.schedule",
               "app lampson-2pc nodes=4\nn1 broadcast 42\nomit n1 -> n3 abort #1\n");
    const auto run = call("regress --from mixed --junit report.xml");
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(contains(run.out, "mixed/gone.schedule  stale")) << run;
    EXPECT_TRUE(contains(run.out, "mixed/holds.schedule  exact, fixed")) << run;
    EXPECT_TRUE(contains(text_of(here / "report.xml"), "<skipped message=\"stale: ")) << run;
}

TEST_F(corpus_command, what_another_program_stored_is_stale_here) {
    (void)call("corpus export --all --out texts");
    const std::string file = "texts/lampson-2pc-" + id.substr(0, 12) + ".schedule";
    std::string other = text_of(here / file);
    other.replace(other.find("app lampson-2pc"), 15, "app  kv-store  ");
    other.replace(other.find(id), id.size(), std::string(64, '0'));
    here.write("other.schedule", other);
    // The id is a digest of the content: the program says which it must be.
    const auto refused = call("corpus import other.schedule");
    ASSERT_EQ(refused.code, 2) << refused;
    const std::size_t begin = refused.err.find("the id '") + 8;
    other.replace(other.find(std::string(64, '0')), 64, refused.err.substr(begin, 64));
    here.write("other.schedule", other);
    ASSERT_EQ(call("corpus import other.schedule --corpus other.db").code, 0);
    const auto run = call("regress --corpus other.db");
    EXPECT_EQ(run.code, 4) << run;
    EXPECT_TRUE(contains(run.out, "unknown application 'kv-store'")) << run;
    EXPECT_EQ(call("corpus list --json --corpus other.db").json()[0]["status"], "stale");
}

TEST_F(corpus_command, a_file_that_is_no_corpus_is_refused_and_left_alone) {
    here.write("text.db", "this is no database, but it is long enough to look like one\n");
    std::filesystem::copy_file(here / "partita.db", here / "short.db");
    std::filesystem::resize_file(here / "short.db", 2'000);
    for (const char* file : {"text.db", "short.db"}) {
        const std::string before = text_of(here / file);
        for (const char* command : {"corpus list", "regress", "replay abcd", "exhaust lampson-2pc",
                                    "corpus add lost.schedule", "explore lampson-2pc"}) {
            const auto run = call(std::string(command) + " --corpus " + file);
            EXPECT_EQ(run.code, 2) << command << run;
            EXPECT_TRUE(contains(run.err, file)) << run;
            EXPECT_EQ(run.out, "") << run;
        }
        EXPECT_EQ(text_of(here / file), before) << file;
    }
}

TEST_F(corpus_command, an_absent_corpus_is_not_made_by_a_reader) {
    for (const char* command : {"corpus list", "corpus show abcd", "regress", "replay abcd"}) {
        const auto run = call(std::string(command) + " --corpus absent.db");
        EXPECT_EQ(run.code, 2) << run;
        EXPECT_TRUE(contains(run.err, "absent.db")) << run;
        EXPECT_FALSE(std::filesystem::exists(here / "absent.db"));
    }
    EXPECT_EQ(call("exhaust lampson-2pc --corpus no/such/folder.db").code, 2);
}

/// Runs SQL on the corpus, from outside.
void execute(const std::filesystem::path& file, const std::string& sql, sqlite3*& keep) {
    ASSERT_EQ(sqlite3_open(file.c_str(), &keep), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(keep, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(keep);
}

TEST_F(corpus_command, a_newer_schema_is_refused) {
    sqlite3* from_outside = nullptr;
    execute(here / "partita.db", "PRAGMA user_version = 99", from_outside);
    sqlite3_close(from_outside);
    const auto run = call("corpus list");
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(contains(run.err, "partita.db")) << run;
    EXPECT_TRUE(contains(run.err, "99")) << run;
}

TEST_F(corpus_command, a_locked_corpus_is_told) {
    sqlite3* from_outside = nullptr;
    execute(here / "partita.db", "BEGIN EXCLUSIVE", from_outside);
    const auto run = call("corpus remove " + id);
    sqlite3_close(from_outside);
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(contains(run.err, "locked")) << run;
    EXPECT_EQ(call("corpus list --json").json().size(), 1u);
}

TEST_F(corpus_command, a_full_disk_loses_no_finding_on_the_screen) {
    const auto run = here.call(words("exhaust lampson-2pc --corpus full.db"), 8'192);
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(contains(run.err, "full.db")) << run;
    EXPECT_TRUE(contains(run.out, "omit n1 -> n2 commit #1")) << run;
    EXPECT_TRUE(contains(run.out, "replay: partita run lampson-2pc")) << run;
}

TEST_F(corpus_command, a_file_that_cannot_be_written_whole_is_not_begun) {
    std::filesystem::create_directory(here / "texts");
    const auto run = here.call(words("corpus export --all --out texts"), 100);
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_TRUE(std::filesystem::is_empty(here / "texts"));
}

}  // namespace
}  // namespace partita::test
