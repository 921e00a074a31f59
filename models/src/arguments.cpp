#include <partita/models/arguments.hpp>

#include <rapidcheck/gen/Container.h>
#include <rapidcheck/gen/Create.h>
#include <rapidcheck/gen/Numeric.h>
#include <rapidcheck/gen/Select.h>
#include <rapidcheck/gen/Transform.h>

namespace partita {

argument_generator no_arguments() {
    return [] { return rc::gen::just(std::vector<std::string>{}); };
}

argument_generator one_integer(int low, int high) {
    return [low, high] {
        return rc::gen::map(rc::gen::inRange(low, high + 1), [](int value) {
            return std::vector<std::string>{std::to_string(value)};
        });
    };
}

argument_generator one_of(std::vector<std::string> words) {
    return [words] {
        return rc::gen::map(rc::gen::elementOf(words), [](std::string word) {
            return std::vector<std::string>{std::move(word)};
        });
    };
}

}  // namespace partita
