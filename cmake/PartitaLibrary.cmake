# partita_add_library(NAME [PUBLIC target...] [PRIVATE target...] [PRIVATE_HEADERS target...])
#
# One folder, one static library: partita_NAME, used everywhere as partita::NAME. Public headers are
# include/**/*.hpp, sources src/**/*.cpp. The targets linked are all that the folder may include, so
# the link graph is the include law. PRIVATE_HEADERS are header-only third parties that no public
# header mentions: a user of the installed package does not need them.
function(partita_add_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "PUBLIC;PRIVATE;PRIVATE_HEADERS")
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/src/*.cpp)

    set(target partita_${name})
    if(sources)
        add_library(${target} STATIC ${sources})
        target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/src)
        target_link_libraries(${target} PRIVATE ${arg_PRIVATE})
        foreach(header_only IN LISTS arg_PRIVATE_HEADERS)
            target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${header_only}>)
        endforeach()
        target_compile_definitions(${target} PRIVATE PARTITA_VERSION="${PROJECT_VERSION}")
        partita_set_build_options(${target} STRICT)
        set(scope PUBLIC)
    else()
        add_library(${target} INTERFACE)  # headers only, so far
        set(scope INTERFACE)
    endif()

    add_library(partita::${name} ALIAS ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
    target_compile_features(${target} ${scope} cxx_std_20)
    # The same sums on every machine: no fused multiply-add behind our back, nor behind a user's.
    target_compile_options(${target} ${scope} -ffp-contract=off)
    target_link_libraries(${target} ${scope} ${arg_PUBLIC})
    target_include_directories(
        ${target} ${scope} $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:include>)

    set_property(GLOBAL APPEND PROPERTY PARTITA_LIBRARIES ${name})
    add_dependencies(partita_product ${target})
    if(PARTITA_HEADER_CHECKS)
        partita_check_headers(${name})
    endif()
endfunction()

# partita_set_build_options(TARGET [STRICT])
#
# How our own code is compiled. STRICT adds the warnings that GoogleTest's macros cannot live with.
function(partita_set_build_options target)
    cmake_parse_arguments(PARSE_ARGV 1 arg "STRICT" "" "")
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    target_compile_features(${target} PRIVATE cxx_std_20)
    target_compile_options(${target} PRIVATE -ffp-contract=off)
    # __FILE__ from the root of the checkout, wherever that is: messages are equal on every machine.
    # A compiler cache may hand the compiler relative paths, hence the second one.
    file(RELATIVE_PATH to_source ${CMAKE_BINARY_DIR} ${PROJECT_SOURCE_DIR})
    target_compile_options(
        ${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=
                          -fmacro-prefix-map=${to_source}=)
    if(PARTITA_WERROR)
        target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror)
        if(arg_STRICT)
            target_compile_options(${target} PRIVATE -Wshadow -Wconversion)
        endif()
    endif()
endfunction()

# partita_check_headers(NAME)
#
# Compiles each public header of the folder NAME alone, with nothing on its include path but what
# the folder links. The object libraries hang below one target, partita_header_checks.
function(partita_check_headers name)
    if(NOT TARGET partita_header_checks)
        add_custom_target(partita_header_checks ALL)
    endif()
    set(base ${CMAKE_CURRENT_SOURCE_DIR}/include)
    file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${base} ${base}/*.hpp)
    set(units "")
    foreach(header IN LISTS headers)
        set(unit ${CMAKE_CURRENT_BINARY_DIR}/header_checks/${header}.cpp)
        # Twice: a header without an include guard fails as well.
        file(CONFIGURE OUTPUT ${unit} CONTENT "#include <${header}>\n#include <${header}>\n")
        list(APPEND units ${unit})
    endforeach()
    if(units)
        set(target partita_${name}_header_checks)
        add_library(${target} OBJECT ${units})
        target_link_libraries(${target} PRIVATE partita::${name})
        partita_set_build_options(${target} STRICT)
        set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY "")
        add_dependencies(partita_header_checks ${target})
    endif()
endfunction()
