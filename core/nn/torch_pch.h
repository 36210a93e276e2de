// The one precompiled header of all torch translation units: parsing torch/torch.h takes about half a minute.
#pragma once

#include <torch/torch.h>
