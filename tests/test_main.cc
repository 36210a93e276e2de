// Entry point of the torch-free tests.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
