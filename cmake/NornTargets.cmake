# Functions that make Norn's targets. Sources are globbed with CONFIGURE_DEPENDS: a new file needs no edit here, and a
# folder that is still empty makes an INTERFACE target, so that what depends on it can be written first.

function(norn_default_build_type)
  if(NOT PROJECT_IS_TOP_LEVEL)
    return()
  endif()
  get_property(multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(NOT multi_config AND NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Build type" FORCE)
  endif()
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
    find_program(NORN_CCACHE ccache)
    mark_as_advanced(NORN_CCACHE)
    if(NORN_CCACHE)
      set(CMAKE_CXX_COMPILER_LAUNCHER ${NORN_CCACHE} CACHE STRING "Compiler launcher" FORCE)
    endif()
  endif()
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON PARENT_SCOPE)
endfunction()

# What a simulation computes may not depend on the compiler: fused multiply-add would change a rounding. It is part of
# the interface, because node code runs inside the simulation too.
set(NORN_DETERMINISTIC_FLOAT "$<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>:-ffp-contract=off>")

# norn_options(TARGET) sets what all our own targets share: language, warnings, sanitizers, paths in messages.
function(norn_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
  # Position-independent code may be replaced at load time, so gcc would inline none of our own calls: nobody does that.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-semantic-interposition>)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms inside std::string: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(NORN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  # Assertion messages and the keys of call sites name files; they must not differ between two checkouts.
  target_compile_options(${target} PRIVATE -fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
  if(NORN_SANITIZE)
    set(flags -fsanitize=${NORN_SANITIZE} -fno-omit-frame-pointer)
    if(NORN_SANITIZE MATCHES "undefined")
      # Without the checks of every pointer that is followed, which double the time to compile: AddressSanitizer finds
      # what is followed and should not be.
      list(APPEND flags -fno-sanitize-recover=undefined -fno-sanitize=null,alignment,object-size,vptr)
    endif()
    target_compile_options(${target} PRIVATE ${flags})
    target_link_options(${target} PUBLIC ${flags})
  endif()
endfunction()

# norn_alone(FILE...) keeps sources out of what is compiled together (NORN_UNITY): they have names in common with others.
function(norn_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# norn_glob(VARIABLE FOLDER...) collects every *.cpp below the folders, relative to the current directory.
function(norn_glob variable)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM patterns APPEND /*.cpp)
  list(TRANSFORM patterns REPLACE "/\\./" "/")
  file(GLOB_RECURSE found CONFIGURE_DEPENDS ${patterns})
  list(SORT found)
  set(${variable} ${found} PARENT_SCOPE)
endfunction()

# norn_library(NAME SOURCES file... PUBLIC_HEADERS folder... INCLUDES folder... PUBLIC lib... PRIVATE lib...)
# makes norn_NAME with the alias norn::NAME. PUBLIC_HEADERS is the folder that users include from; INCLUDES are for
# this library's own sources.
function(norn_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "PUBLIC_HEADERS" "SOURCES;INCLUDES;PUBLIC;PRIVATE")
  set(target norn_${name})
  set(headers "")
  if(arg_PUBLIC_HEADERS)
    set(headers
      $<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/${arg_PUBLIC_HEADERS}>
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  endif()
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    norn_options(${target})
    target_include_directories(${target} PUBLIC ${headers} PRIVATE ${arg_INCLUDES})
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
    target_compile_options(${target} PUBLIC ${NORN_DETERMINISTIC_FLOAT})
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(NORN_UNITY)
      set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
      # For gcc the file that it was given is the main one, so that what a source keeps to itself seems to be a header's.
      target_compile_options(${target} PRIVATE
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>
        # With so much to inline at once it warns of copies that cannot happen.
        $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-stringop-overflow>)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_compile_features(${target} INTERFACE cxx_std_20)
    target_include_directories(${target} INTERFACE ${headers})
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC} ${arg_PRIVATE})
    target_compile_options(${target} INTERFACE ${NORN_DETERMINISTIC_FLOAT})
  endif()
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  add_library(norn::${name} ALIAS ${target})
  set_property(GLOBAL APPEND PROPERTY NORN_LIBRARIES ${target})
endfunction()

# norn_program(TARGET SOURCES file... INCLUDES folder... LINK lib...) makes a program in <build>/bin.
function(norn_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;INCLUDES;LINK")
  add_executable(${target} ${arg_SOURCES})
  norn_options(${target})
  target_include_directories(${target} PRIVATE ${arg_INCLUDES})
  target_link_libraries(${target} PRIVATE ${arg_LINK})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# norn_header_check(NAME FOLDERS folder... HEADERS file... INCLUDES folder... LINK lib...) compiles each of the HEADERS
# and each header below the FOLDERS alone, included twice, with the include paths of its own layer only.
# The target norn_header_check builds them all.
function(norn_header_check name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "FOLDERS;HEADERS;INCLUDES;LINK")
  set(patterns ${arg_FOLDERS})
  list(TRANSFORM patterns PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  list(TRANSFORM patterns APPEND /*.hpp)
  list(TRANSFORM patterns REPLACE "/\\./" "/")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${patterns})
  foreach(header IN LISTS arg_HEADERS)
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${header})
      list(APPEND headers ${CMAKE_CURRENT_SOURCE_DIR}/${header})
    endif()
  endforeach()
  if(NOT headers)
    return()
  endif()
  set(units "")
  foreach(header IN LISTS headers)
    file(RELATIVE_PATH path ${PROJECT_SOURCE_DIR} ${header})
    string(REPLACE "/" "." unit ${path})
    set(unit ${PROJECT_BINARY_DIR}/header_check/${unit}.cpp)
    file(CONFIGURE OUTPUT ${unit} CONTENT "#include \"${header}\"\n#include \"${header}\"\n" @ONLY)
    list(APPEND units ${unit})
  endforeach()
  set(target norn_header_check_${name})
  add_library(${target} OBJECT EXCLUDE_FROM_ALL ${units})
  norn_options(${target})
  target_compile_options(${target} PRIVATE -O0 -g0)  # nothing runs this code
  target_include_directories(${target} PRIVATE ${arg_INCLUDES})
  target_link_libraries(${target} PRIVATE ${arg_LINK})
  set_property(GLOBAL APPEND PROPERTY NORN_HEADER_CHECKS ${target})
endfunction()

function(norn_finish_header_check)
  get_property(checks GLOBAL PROPERTY NORN_HEADER_CHECKS)
  if(PROJECT_IS_TOP_LEVEL)
    add_custom_target(norn_header_check)
    if(checks)
      add_dependencies(norn_header_check ${checks})
    endif()
  endif()
endfunction()
