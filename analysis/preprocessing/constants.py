"""Means and standard deviations that networks are trained with, of pixels on the scale 0 to 1, in RGB."""

from __future__ import annotations

#: torchvision, timm and most of transformers.
IMAGENET_MEAN, IMAGENET_STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
#: OpenAI's CLIP.
CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073]
CLIP_STD = [0.26862954, 0.26130258, 0.27577711]
#: Mean and deviation of ViT, BiT and MobileNetV2 in transformers.
HALF = [0.5, 0.5, 0.5]
