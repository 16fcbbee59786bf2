include(CMakePackageConfigHelpers)

get_property(norn_libraries GLOBAL PROPERTY NORN_LIBRARIES)
set(norn_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/norn)

install(TARGETS ${norn_libraries} EXPORT norn-targets
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY runtime/include/ sim/include/
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(EXPORT norn-targets NAMESPACE norn:: DESTINATION ${norn_package_dir})

foreach(program IN ITEMS norn norn-viewer)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

configure_package_config_file(cmake/norn-config.cmake.in ${PROJECT_BINARY_DIR}/norn-config.cmake
  INSTALL_DESTINATION ${norn_package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/norn-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/norn-config.cmake
  ${PROJECT_BINARY_DIR}/norn-config-version.cmake
  cmake/NornDependencies.cmake
  cmake/NornScenarioTest.cmake
  DESTINATION ${norn_package_dir})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
