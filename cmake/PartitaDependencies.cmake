# The third parties, found once for the whole build. What an installed static library links has a
# line in partitaConfig.cmake.in too; tests/packaging notices when one is missing there.

# An imported target is local to the folder that found it; a user who takes Partita in by
# add_subdirectory links from outside that folder.
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)

if(NOT TARGET tl::expected)
    find_package(tl-expected CONFIG REQUIRED)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
    find_package(nlohmann_json 3.11 CONFIG REQUIRED)
endif()
if(NOT TARGET Boost::context)
    find_package(Boost 1.74 CONFIG REQUIRED COMPONENTS context)
endif()
if(NOT TARGET rapidcheck)
    find_package(rapidcheck CONFIG REQUIRED)  # the package states no version
endif()
if(NOT TARGET CLI11::CLI11)
    find_package(CLI11 2.1 CONFIG REQUIRED)
endif()
if(NOT TARGET SQLite::SQLite3)
    find_package(SQLite3 3.40 REQUIRED)
endif()
if(NOT TARGET OpenSSL::Crypto)
    find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
endif()
find_package(Threads REQUIRED)
# Debian's packages of these have no CMake files.
find_package(PkgConfig REQUIRED)
foreach(library IN ITEMS libcares>=1.18 libzstd>=1.5 libxxhash>=0.8)
    string(REGEX REPLACE ">.*" "" name ${library})
    if(NOT TARGET PkgConfig::${name})
        pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${library})
    endif()
endforeach()
