# cmake -DOUTPUT=FILE "-DPARTS=NAME=file[,file...][+NAME=...]" -P NornEmbed.cmake
# writes files, byte by byte, as arrays of C++: constexpr std::array<unsigned char, N> NAME = {...}; the files of one part
# follow each other.
set(code "// Made by cmake/NornEmbed.cmake.\n")
string(REPLACE "+" ";" parts "${PARTS}")
foreach(part IN LISTS parts)
  string(REGEX MATCH "^([^=]+)=(.*)$" matched "${part}")
  set(name ${CMAKE_MATCH_1})
  string(REPLACE "," ";" files "${CMAKE_MATCH_2}")
  set(all "")
  foreach(file IN LISTS files)
    file(READ ${file} bytes HEX)
    string(APPEND all ${bytes})
  endforeach()
  string(LENGTH "${all}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," all "${all}")
  # A line of C++ has an end.
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" all "${all}")
  string(APPEND code "constexpr std::array<unsigned char, ${size}> ${name} = {{\n${all}}};\n")
endforeach()
file(WRITE ${OUTPUT} "${code}")
