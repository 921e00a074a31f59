# ccache, when the machine has it. The base directory makes a second checkout hit what the first one
# compiled: paths below it count as relative.
find_program(PARTITA_CCACHE ccache DOC "Compiler cache; set it to an empty string to do without")
if(PARTITA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
        ${PARTITA_CCACHE})
endif()
