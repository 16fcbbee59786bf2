# What the libraries need. The installed package configuration includes this file as well, so that there is one
# list of dependencies only. A caller that wants a soft failure sets NORN_DEPENDENCIES_OPTIONAL.

macro(norn_dependency_missing what)
  if(NORN_DEPENDENCIES_OPTIONAL)
    list(APPEND NORN_MISSING_DEPENDENCIES "${what}")
  else()
    message(FATAL_ERROR "Norn needs ${what}, which was not found. tools/setup installs what Norn needs.")
  endif()
endmacro()

macro(norn_pkg_config prefix module what)
  if(NOT TARGET PkgConfig::${prefix})
    pkg_check_modules(${prefix} QUIET IMPORTED_TARGET GLOBAL ${module})
  endif()
  if(NOT TARGET PkgConfig::${prefix})
    norn_dependency_missing("${what}")
  endif()
endmacro()

set(NORN_MISSING_DEPENDENCIES "")

find_package(Threads QUIET)
if(NOT Threads_FOUND)
  norn_dependency_missing("threads")
endif()

# Boost ships its own CMake packages; CMake's FindBoost is only for a Boost without them and is gone in newer CMake.
find_package(Boost 1.74 QUIET CONFIG COMPONENTS context)
if(NOT TARGET Boost::context)
  norn_dependency_missing("Boost.Context 1.74 or later (libboost-context-dev)")
endif()

find_package(nlohmann_json 3.9 QUIET)
if(NOT nlohmann_json_FOUND)
  norn_dependency_missing("nlohmann/json 3.9 or later (nlohmann-json3-dev)")
endif()

find_package(PkgConfig QUIET)
if(PKG_CONFIG_FOUND)
  norn_pkg_config(NORN_ZSTD libzstd "zstd (libzstd-dev)")
  norn_pkg_config(NORN_XXHASH libxxhash "xxHash (libxxhash-dev)")
else()
  norn_dependency_missing("pkg-config")
endif()
