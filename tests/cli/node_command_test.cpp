// One real node a process: `partita node`.

#include "background_program.hpp"

#include <algorithm>

namespace partita::test {
namespace {

std::vector<std::string> node_words(const std::string& name,
                                    const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"node", "--app", "lampson-2pc", "--name", name};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

/// What stands behind "n1 listening on ", once it does.
std::string address_of(const background_program& node) {
    if (!node.says(" listening on ")) return {};
    const std::string line = node.out();
    return line.substr(line.rfind(' ') + 1, line.find('\n') - line.rfind(' ') - 1);
}

TEST(node_command, tells_where_it_listens_and_ends_well_when_asked_to) {
    for (const int number : {SIGTERM, SIGINT}) {
        const workplace here;
        background_program node(here, "n1", node_words("n1"));
        const std::string address = address_of(node);
        EXPECT_TRUE(address.starts_with("127.0.0.1:")) << address;
        EXPECT_EQ(node.out(), "n1 listening on " + address + "\n");
        node.signal(number);
        const auto run = node.end();
        EXPECT_EQ(run.code, 0) << run;
    }
}

TEST(node_command, joins_the_nodes_it_is_told_of_and_says_who_comes_and_goes) {
    const workplace here;
    background_program first(here, "n1", node_words("n1"));
    background_program second(here, "n2", node_words("n2", {"--join", address_of(first)}));
    EXPECT_TRUE(first.complains("n1: n2 joined\n")) << first.err();
    EXPECT_TRUE(first.complains("n1: n2 up\n")) << first.err();
    EXPECT_TRUE(second.complains("n2: n1 joined\n")) << second.err();
    second.signal(SIGKILL);
    EXPECT_TRUE(first.complains("n1: n2 down: ")) << first.err();
    first.signal(SIGTERM);
    EXPECT_EQ(first.end().code, 0);
}

TEST(node_command, finds_nodes_by_discovery) {
    const workplace here;
    background_program first(here, "n1", node_words("n1"));
    background_program second(here, "n2",
                              node_words("n2", {"--discover", "list:" + address_of(first)}));
    EXPECT_TRUE(second.complains("n2: n1 joined\n")) << second.err();
    EXPECT_TRUE(first.complains("n1: n2 joined\n")) << first.err();
}

TEST(node_command, a_node_with_another_secret_or_cluster_is_refused) {
    const workplace here;
    here.write("secret", "a secret of more than sixteen bytes\n");
    here.write("other", "another one of more than sixteen bytes\n");
    background_program first(here, "n1", node_words("n1", {"--secret-file", "secret"}));
    const std::string address = address_of(first);
    background_program stranger(here, "n3",
                                node_words("n3", {"--secret-file", "other", "--join", address}));
    background_program foreign(
        here, "n4",
        node_words("n4", {"--secret-file", "secret", "--cluster", "other", "--join", address}));
    EXPECT_TRUE(stranger.complains("no connection to " + address)) << stranger.err();
    EXPECT_TRUE(foreign.complains("no connection to " + address)) << foreign.err();
    background_program second(here, "n2",
                              node_words("n2", {"--secret-file", "secret", "--join", address}));
    EXPECT_TRUE(first.complains("n1: n2 joined\n")) << first.err();
    EXPECT_FALSE(contains(first.err(), "n3 joined")) << first.err();
    EXPECT_FALSE(contains(first.err(), "n4 joined")) << first.err();
}

TEST(node_command, writes_its_trace_when_it_ends) {
    const workplace here;
    background_program node(here, "n1", node_words("n1", {"--trace", "n1.trace"}));
    ASSERT_NE(address_of(node), "");
    EXPECT_EQ(text_of(here / "n1.trace"), "");
    node.signal(SIGTERM);
    EXPECT_EQ(node.end().code, 0);
    EXPECT_TRUE(contains(text_of(here / "n1.trace"), " n1 spawn")) << text_of(here / "n1.trace");
}

void expect_refused(const workplace& here, const std::vector<std::string>& more,
                    const std::string& said) {
    const auto run = here.call(node_words("n1", more));
    EXPECT_EQ(run.code, 2) << run;
    EXPECT_EQ(run.out, "") << run;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run;
    EXPECT_TRUE(contains(run.err, said)) << said << "\n" << run;
}

TEST(node_command, a_port_in_use_is_one_line) {
    const workplace here;
    background_program node(here, "n1", node_words("n1"));
    const std::string address = address_of(node);
    expect_refused(here, {"--listen", address}, "cannot listen on " + address);
}

TEST(node_command, bad_input_is_one_line) {
    const workplace here;
    here.write("short", "abc\n");
    here.write("empty", "");
    expect_refused(here, {"--listen", "nowhere"}, "nowhere");
    expect_refused(here, {"--overlay", "ring"}, "overlay \"ring\": expected full-mesh");
    expect_refused(here, {"--discover", "magic:x"}, "magic");
    expect_refused(here, {"--secret-file", "missing"}, "missing: cannot be read");
    expect_refused(here, {"--secret-file", "short"}, "short: a secret has 16 to 1024 bytes");
    expect_refused(here, {"--secret-file", "empty"}, "empty: expected a secret");
    expect_refused(here, {"--tls-cert", "cert.pem"}, "TLS needs three files");
    expect_refused(here, {"--tls-cert", "a", "--tls-key", "b", "--tls-ca", "c"}, "a");
    expect_refused(here, {"--threads", "65"}, "--threads 65: expected a number from 1 to 64");
    expect_refused(here, {"--parallelism", "x"}, "--parallelism x: expected CHANNEL=N");
    expect_refused(here, {"--parallelism", "x=65"}, "--parallelism x=65");
    expect_refused(here, {"--trace", "no/such/place"}, "no/such/place");
    expect_refused(here, {"colour"}, "'colour': expected PARAM=VALUE");
    expect_refused(here, {"colour=red"}, "colour");
    const auto unknown = here.call({"node", "--app", "kvv", "--name", "n1"});
    EXPECT_EQ(unknown.code, 2) << unknown;
    EXPECT_TRUE(contains(unknown.err, "unknown application 'kvv'")) << unknown;
    const auto unnamed = here.call({"node", "--app", "lampson-2pc"});
    EXPECT_EQ(unnamed.code, 2) << unnamed;
    EXPECT_TRUE(contains(unnamed.err, "--name")) << unnamed;
}

}  // namespace
}  // namespace partita::test
