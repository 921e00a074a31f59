#include <partita/cli/program.hpp>

int main(int argc, char** argv) {
    return partita::run_program(argc, argv, partita::stock_applications());
}
