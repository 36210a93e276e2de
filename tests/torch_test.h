// The one test header of the torch test program (and its precompiled header).
// Order matters: torch's logging header defines CHECK as a fatal check; Catch2 must come last so that CHECK is
// Catch2's.
#pragma once

#include "core/nn/torch_pch.h"

#undef CHECK
#include <catch2/catch.hpp>
