#include <partita/cli/program.hpp>
#include <partita/models/commit.hpp>
#include <partita/models/kv.hpp>

namespace partita {

std::vector<application> stock_applications() {
    return {commit::lampson_2pc(), commit::bernstein_ctp(), commit::skeen_3pc(), kv::store()};
}

}  // namespace partita
