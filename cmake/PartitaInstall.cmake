# Install rules and the CMake package: find_package(partita 0.1 CONFIG).
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(partita_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/partita)
get_property(partita_libraries GLOBAL PROPERTY PARTITA_LIBRARIES)

foreach(library IN LISTS partita_libraries)
    install(TARGETS partita_${library} EXPORT partitaTargets)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/${library}/include/
            DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp)
endforeach()
if(TARGET partita_program)
    install(TARGETS partita_program EXPORT partitaTargets)
endif()

install(EXPORT partitaTargets NAMESPACE partita:: DESTINATION ${partita_package_dir})
configure_package_config_file(
    ${PROJECT_SOURCE_DIR}/cmake/partitaConfig.cmake.in ${PROJECT_BINARY_DIR}/partitaConfig.cmake
    INSTALL_DESTINATION ${partita_package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(
    ${PROJECT_BINARY_DIR}/partitaConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/partitaConfig.cmake
              ${PROJECT_BINARY_DIR}/partitaConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/cmake/PartitaRegression.cmake
        DESTINATION ${partita_package_dir})
