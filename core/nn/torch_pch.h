// The one precompiled header of all torch translation units. torch/torch.h brings torch's own modules, optimisers and
// data loaders, which the project does not use and which double the time that every file takes to compile; this is the
// part that it does use.
#pragma once

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <nlohmann/json.hpp>
