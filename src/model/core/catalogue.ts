import type { GrammarKey } from './grammars';
import type { ImageTagFacts } from './image-tag';

/** How the images of a Deep Learning Containers repository expect their settings. */
export function grammarOfRepository(repository: string, tag: ImageTagFacts): GrammarKey {
  switch (repository) {
    case 'huggingface-pytorch-inference':
    case 'huggingface-pytorch-inference-neuronx':
      return 'hugging-face-toolkit';
    case 'huggingface-vllm-inference-neuronx':
      // The first image of the repository, before optimum-neuron was in the tag, read SM_VLLM_*.
      return tag.optimum === undefined ? 'vllm' : 'optimum-neuron';
    case 'huggingface-vllm':
    case 'vllm':
      return 'vllm';
    case 'huggingface-sglang':
    case 'sglang':
      return 'sglang';
    case 'djl-inference':
      return 'lmi';
    case 'pytorch-inference':
    case 'pytorch-inference-neuronx':
      return 'pytorch';
    default:
      return 'custom';
  }
}
