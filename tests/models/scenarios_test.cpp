// Every file below tests/scenarios, as it says itself.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>
#include <test_paths.hpp>

#include <partita/models/run.hpp>
#include <partita/models/scenario.hpp>
#include <partita/models/stock.hpp>

namespace {

using namespace partita;

const std::map<std::string, application>& applications() {
    static const std::map<std::string, application> all = [] {
        std::map<std::string, application> by_name;
        for (application each : stock_applications()) by_name[each.name] = std::move(each);
        return by_name;
    }();
    return all;
}

std::vector<std::string> files() {
    const std::filesystem::path root = std::string(test::source_dir) + "/tests/scenarios";
    std::vector<std::string> all;
    for (const auto& each : std::filesystem::recursive_directory_iterator(root)) {
        if (each.path().extension() == ".scenario")
            all.push_back(std::filesystem::relative(each.path(), root).string());
    }
    std::sort(all.begin(), all.end());
    return all;
}

std::string text_of(const std::string& file) {
    std::ifstream in(std::string(test::source_dir) + "/tests/scenarios/" + file);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string test_name(const testing::TestParamInfo<std::string>& of) {
    std::string name = of.param.substr(0, of.param.rfind('.'));
    std::replace_if(
        name.begin(), name.end(), [](unsigned char letter) { return std::isalnum(letter) == 0; },
        '_');
    return name;
}

class scenarios : public testing::TestWithParam<std::string> {
   protected:
    [[nodiscard]] scenario read() const {
        auto made = parse_scenario(text_of(GetParam()), "tests/scenarios/" + GetParam());
        if (!made) throw std::runtime_error(made.error().message);
        return *std::move(made);
    }
};

TEST_P(scenarios, show_what_they_expect) {
    const scenario it = read();
    ASSERT_TRUE(it.has_expectations()) << "nothing after ----";
    const auto of = applications().find(it.schedule.application.name);
    ASSERT_NE(of, applications().end());
    const outcome seen = run(of->second, it.schedule);
    const auto wrong = mismatch(it, seen);
    EXPECT_FALSE(wrong) << it.source << ":" << wrong->line << "\n" << wrong->message;
}

TEST_P(scenarios, are_stories_of_a_dozen_lines) {
    const scenario it = read();
    EXPECT_TRUE(it.text.starts_with("# ")) << "no story";
    EXPECT_LE(it.schedule.steps.size() + it.schedule.deviations.size(), 12U);
}

INSTANTIATE_TEST_SUITE_P(all, scenarios, testing::ValuesIn(files()), test_name);

}  // namespace
