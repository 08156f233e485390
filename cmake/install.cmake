# Headers and a package for find_package(braid). Nothing of it depends on the architecture, so the
# package files go to share/.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_DATADIR}/cmake/braid)
install(TARGETS braid EXPORT braidTargets FILE_SET HEADERS)
install(EXPORT braidTargets NAMESPACE braid:: DESTINATION ${package_dir})
write_basic_package_version_file(
  ${PROJECT_BINARY_DIR}/braidConfigVersion.cmake
  COMPATIBILITY SameMinorVersion
  ARCH_INDEPENDENT)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/braidConfig.cmake
              ${PROJECT_BINARY_DIR}/braidConfigVersion.cmake DESTINATION ${package_dir})
