# coverage_summary: prints how much of include/ the tests ran, and writes coverage.html.

find_program(GCOVR gcovr REQUIRED)
add_custom_target(
  coverage_summary
  COMMAND
    ${GCOVR} --root ${PROJECT_SOURCE_DIR} --filter ${PROJECT_SOURCE_DIR}/include/
    --exclude-throw-branches --exclude-unreachable-branches --html-details coverage.html
    --print-summary .
  WORKING_DIRECTORY ${PROJECT_BINARY_DIR}
  VERBATIM)
