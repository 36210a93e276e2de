// Entry point of the torch tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
