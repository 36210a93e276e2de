// How scores go with what they are to tell. Torch-free.
#pragma once

#include <vector>

namespace trivium {

// The chance that a random true case scores higher than a random false one, ties counting half (the area under the ROC
// curve, by ranks: Hanley and McNeil 1982). 0.5 where one kind is missing. REQUIRES: as many scores as truths.
double Auroc(const std::vector<double>& scores, const std::vector<bool>& truths);

// Mean |share that is true - mean probability| over ten equal bins of probability, weighted by cases (the expected
// calibration error of Guo et al. 2017, arXiv 1706.04599). 0 of no cases.
double CalibrationError(const std::vector<double>& probabilities, const std::vector<bool>& truths);

// Correlation of ranks, ties having their mean rank (Spearman 1904). 0 where one of both never varies.
double Spearman(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace trivium
