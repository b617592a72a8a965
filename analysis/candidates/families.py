"""Which architectures Caveat opens, by the names that stand in ``config.json``; read without any library.

The two sets are those of the pinned transformers version (a test compares them), so that a model whose code
would have to come from its own repository is recognised before anything is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from analysis.preprocessing.processors import MODEL_TYPES
from analysis.types import Json, Modality

_IMAGE = """
    beit bit clip convnext convnextv2 cvt data2vec-vision deit dinat dinov2 dinov2_with_registers donut-swin
    efficientnet focalnet hgnet_v2 hiera ijepa imagegpt levit metaclip_2 mobilenet_v1 mobilenet_v2 mobilevit
    mobilevitv2 perceiver poolformer pp_lcnet pvt pvt_v2 regnet resnet segformer shieldgemma2 siglip siglip2
    swiftformer swin swinv2 textnet timm_wrapper vit vit_msn
"""
_TEXT = """
    albert arcee axk1 axk2 bart bert big_bird bigbird_pegasus biogpt bloom camembert canine
    cohere_compass_text convbert ctrl data2vec-text deberta deberta-v2 deepseek_v2 deepseek_v3 diffllama
    distilbert doge electra ernie esm esmc eurobert exaone4 falcon flaubert fnet funnel gemma gemma2 gemma3
    gemma3_text glm glm4 gpt-sw3 gpt2 gpt_bigcode gpt_neo gpt_neox gpt_oss gptj gte helium hunyuan_v1_dense
    hunyuan_v1_moe ibert jamba jetmoe jina_embeddings_v3 layoutlm layoutlmv2 layoutlmv3 lilt llama longformer
    luke markuplm mbart megatron-bert minicpm3 minimax ministral ministral3 mistral mistral4 mixtral
    mobilebert modernbert modernbert-decoder modernvbert mpnet mpt mra mt5 mvp nemotron nomic_bert
    nystromformer olmo olmo2 olmo3 openai-gpt opt perceiver persimmon phi phi3 phimoe plbart qwen2 qwen2_moe
    qwen3 qwen3_5 qwen3_5_text qwen3_moe qwen3_next reformer rembert roberta roberta-prelayernorm roc_bert
    roformer seed_oss smollm3 squeezebert stablelm starcoder2 t5 t5gemma t5gemma2 tapas ultrabert ultravbert
    umt5 xlm xlm-roberta xlm-roberta-xl xlnet xmod yoso zamba zamba2
"""

IMAGE_TYPES = frozenset(_IMAGE.split())
TEXT_TYPES = frozenset(_TEXT.split())

#: The image processor that loaders take where the processor's configuration doesn't name one.
PROCESSORS: Mapping[str, str] = {
    **MODEL_TYPES,
    # Types whose processor Caveat has no arithmetic for: they are refused by name.
    "donut-swin": "Donut",
    "imagegpt": "ImageGPT",
    "perceiver": "Perceiver",
    "pp_lcnet": "PPLCNet",
    "shieldgemma2": "Gemma3",
    "siglip2": "Siglip2",
    "textnet": "TextNet",
}

#: Known types that need more than pixels or tokens, with what they need, in words.
OUT_OF_REACH = {
    "imagegpt": "reads images as a sequence of colour clusters",
    "perceiver": "takes inputs of its own format",
    "shieldgemma2": "judges images against a written policy",
    "siglip2": "takes image patches of variable number",
    "timm_wrapper": "wraps a timm model, which needs the timm library",
    "canine": "reads characters, without a tokenizer",
    "layoutlm": "needs the position of every word on a page",
    "layoutlmv2": "needs the position of every word on a page",
    "layoutlmv3": "needs the position of every word on a page",
    "lilt": "needs the position of every word on a page",
    "luke": "needs the entities of each text",
    "markuplm": "needs the structure of a web page",
    "modernvbert": "reads images and text together",
    "tapas": "reads tables with a question",
    "esm": "reads protein sequences",
    "esmc": "reads protein sequences",
}

#: Networks that hear; their classifiers of whole recordings are called "ForSequenceClassification" too.
AUDIO = re.compile(r"Audio|Wav2Vec2|Hubert|WavLM|SEW|UniSpeech|Whisper")

#: What the endings of architecture names mean, for declining in words. The first that fits counts.
OTHER_TASKS = (
    ("ForObjectDetection", "object detection"),
    ("ForZeroShot", "zero-shot recognition against written labels"),
    ("ForSemanticSegmentation", "image segmentation"),
    ("ForInstanceSegmentation", "image segmentation"),
    ("ForUniversalSegmentation", "image segmentation"),
    ("ForImageSegmentation", "image segmentation"),
    ("ForMaskGeneration", "image segmentation"),
    ("ForDepthEstimation", "depth estimation"),
    ("ForKeypoint", "keypoint detection"),
    ("ForPoseEstimation", "pose estimation"),
    ("ForImageToImage", "image-to-image conversion"),
    ("ForImageSuperResolution", "image super-resolution"),
    ("ForMaskedImageModeling", "pre-training (filling in masked image patches)"),
    ("ForVideoClassification", "video classification"),
    ("ForAudio", "audio classification"),
    ("ForCTC", "speech recognition"),
    ("ForSpeech", "speech recognition"),
    ("ForTextToWaveform", "speech generation"),
    ("ForTokenClassification", "token classification (a label for every word)"),
    ("ForQuestionAnswering", "question answering"),
    ("ForVisualQuestionAnswering", "visual question answering"),
    ("ForTableQuestionAnswering", "question answering over tables"),
    ("ForDocumentQuestionAnswering", "question answering over documents"),
    ("ForMultipleChoice", "multiple choice"),
    ("ForNextSentencePrediction", "pre-training (next sentence)"),
    ("ForMaskedLM", "language modelling (filling in masked words)"),
    ("ForPreTraining", "pre-training"),
    ("ForCausalLM", "text generation"),
    ("LMHeadModel", "text generation"),
    ("ForConditionalGeneration", "text generation"),
    ("ForSeq2Seq", "text generation"),
    ("ForTimeSeries", "time series"),
    ("ForPrediction", "time series"),
    ("ForRetrieval", "retrieval"),
    ("ForImageTextRetrieval", "retrieval"),
    ("Model", "features only: it has no classification head"),
    ("Backbone", "features only: it has no classification head"),
)


def modality_of(architecture: str) -> Modality | None:
    """Return what a classifier's architecture is fed, or None where it is no classifier of images or text."""
    if "ForImageClassification" in architecture:
        return Modality.IMAGE
    if "ForSequenceClassification" in architecture and not AUDIO.search(architecture):
        return Modality.TEXT
    return None


def other_task(architecture: str) -> str | None:
    """Return the task of an architecture that is no classifier, in words, or None where it isn't known."""
    if AUDIO.search(architecture) and "Classification" in architecture:
        return "audio classification"
    return next((words for ending, words in OTHER_TASKS if ending in architecture), None)


def modality_in(config: Mapping[str, Json]) -> Modality | None:
    """Return what a network is fed, from its architecture, or its type where that is absent."""
    architectures = config.get("architectures")
    if isinstance(architectures, list) and architectures:
        return modality_of(str(architectures[0]))
    kind = config.get("model_type")
    if not isinstance(kind, str):
        return None
    return Modality.IMAGE if kind in IMAGE_TYPES else Modality.TEXT if kind in TEXT_TYPES else None
