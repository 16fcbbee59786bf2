# cmake -DFOLDER=FOLDER -DOUTPUT=FILE -P NornEmbed.cmake
# writes the page of the HTML export as arrays of C++, byte by byte: constexpr std::array<unsigned char, N> NAME = {{...}}.
# Scripts follow each other in the order of their names.
file(GLOB scripts ${FOLDER}/*.js)
list(SORT scripts)
set(code "// Made by cmake/NornEmbed.cmake.\n")

function(embed name)
  set(all "")
  foreach(file IN LISTS ARGN)
    file(READ "${file}" bytes HEX)
    string(APPEND all "${bytes}")
  endforeach()
  string(LENGTH "${all}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," all "${all}")
  # Lines have an end.
  string(REPEAT "0x..," 20 row)
  string(REGEX REPLACE "(${row})" "\\1\n" all "${all}")
  set(code "${code}constexpr std::array<unsigned char, ${size}> ${name} = {{\n${all}}};\n" PARENT_SCOPE)
endfunction()

embed(kPageHtml ${FOLDER}/page.html)
embed(kPageStyle ${FOLDER}/style.css)
embed(kPageScript ${scripts})
file(WRITE "${OUTPUT}" "${code}")
