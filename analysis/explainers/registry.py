"""Every explainer, by name. To add one: write its file, add its line; see ``docs/explainers.md``."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping

from analysis.explainers.attention_rollout import AttentionRollout
from analysis.explainers.base import Explainer
from analysis.explainers.controls import EdgeDetector, RandomMap, WordFrequency
from analysis.explainers.deep_lift import DeepLift
from analysis.explainers.grad_cam import GradCam
from analysis.explainers.gradient_shap import GradientShap
from analysis.explainers.input_x_gradient import InputXGradient
from analysis.explainers.integrated_gradients import IntegratedGradients
from analysis.explainers.layer_integrated_gradients import LayerIntegratedGradients
from analysis.explainers.leave_one_out import LeaveOneOut
from analysis.explainers.occlusion import Occlusion
from analysis.explainers.saliency import Saliency
from analysis.explainers.shap_linear import ShapLinear
from analysis.explainers.shap_partition import ShapPartition
from analysis.explainers.shap_permutation import ShapPermutation
from analysis.explainers.shap_tree import ShapTree
from analysis.explainers.smooth_grad import SmoothGrad
from analysis.types import Candidate

#: In the order in which pages offer them: of those that fit, the first is the default.
EXPLAINERS: dict[str, Explainer] = {
    "grad_cam": GradCam(),
    "integrated_gradients": IntegratedGradients(),
    "layer_integrated_gradients": LayerIntegratedGradients(),
    "shap_tree": ShapTree(),
    "shap_linear": ShapLinear(),
    "shap_partition": ShapPartition(),
    "shap_permutation": ShapPermutation(),
    "occlusion": Occlusion(),
    "leave_one_out": LeaveOneOut(),
    "gradient_shap": GradientShap(),
    "saliency": Saliency(),
    "smooth_grad": SmoothGrad(),
    "input_x_gradient": InputXGradient(),
    "deep_lift": DeepLift(),
    "attention_rollout": AttentionRollout(),
}

#: Maps that know nothing of the model, for comparison. "all" leaves them out; they can be asked for by name.
CONTROLS: dict[str, Explainer] = {
    "random_map": RandomMap(),
    "edge_detector": EdgeDetector(),
    "word_frequency": WordFrequency(),
}

#: All of them.
METHODS: Mapping[str, Explainer] = ChainMap(EXPLAINERS, CONTROLS)


def fitting(candidate: Candidate) -> tuple[Explainer, ...]:
    """Return the explainers that fit a candidate, best first."""
    return tuple(explainer for explainer in EXPLAINERS.values() if explainer.is_compatible(candidate) is None)
