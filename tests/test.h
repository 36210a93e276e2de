// The one test header of the torch-free test program (and its precompiled header).
#pragma once

#include <catch2/catch.hpp>
