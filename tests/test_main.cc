// Entry point of both test programs.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
