"""Fine-tunes a causal language model, on Trainium with optimum-neuron, on GPUs with transformers. Goes on from the last checkpoint when there is one."""
import argparse
import glob
import os

CHECKPOINTS = "/opt/ml/checkpoints"


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--max-steps", type=int, default=-1)
    parser.add_argument("--learning-rate", type=float, default=1e-5)
    parser.add_argument("--batch-size", type=int, default=1)
    parser.add_argument("--gradient-accumulation-steps", type=int, default=16)
    parser.add_argument("--sequence-length", type=int, default=2048)
    parser.add_argument("--tensor-parallel-size", type=int, default=8)
    return parser.parse_args()


def base_model():
    """A model of the Llama architecture as Hugging Face lays it out, in the channel `model`."""
    return os.environ["SM_CHANNEL_MODEL"]


def dataset(tokenizer, length):
    """Texts of the channel `train` (JSON lines with a `text`), packed into blocks of one length: static shapes compile once."""
    from datasets import load_dataset

    files = glob.glob(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "**", "*.jsonl"), recursive=True)
    texts = load_dataset("json", data_files=files, split="train")
    tokens = texts.map(lambda rows: tokenizer(rows["text"]), batched=True, remove_columns=texts.column_names)

    def blocks(rows):
        joined = sum(rows["input_ids"], [])
        usable = len(joined) // length * length
        parts = [joined[i:i + length] for i in range(0, usable, length)]
        return {"input_ids": parts, "labels": [list(part) for part in parts], "attention_mask": [[1] * length for _ in parts]}

    return tokens.map(blocks, batched=True, remove_columns=tokens.column_names)


def options(args):
    return dict(
        output_dir=CHECKPOINTS,
        num_train_epochs=args.epochs,
        max_steps=args.max_steps,
        learning_rate=args.learning_rate,
        per_device_train_batch_size=args.batch_size,
        gradient_accumulation_steps=args.gradient_accumulation_steps,
        bf16=True,
        logging_steps=10,
        save_steps=200,
        save_total_limit=2,
        include_tokens_per_second=True,
    )


def on_trainium(args):
    from optimum.neuron import NeuronTrainer, NeuronTrainingArguments
    from optimum.neuron.models.training import NeuronModelForCausalLM

    # Counting tokens is another graph, and a Trainium training has none to spare.
    training = NeuronTrainingArguments(**{**options(args), "include_tokens_per_second": False}, tensor_parallel_size=args.tensor_parallel_size, zero_1=True)
    model = NeuronModelForCausalLM.from_pretrained(base_model(), training.trn_config)
    return NeuronTrainer, model, training


def on_gpus(args):
    import torch
    from transformers import AutoModelForCausalLM, Trainer, TrainingArguments

    training = TrainingArguments(**options(args), gradient_checkpointing=True, fsdp="full_shard auto_wrap", fsdp_config={"transformer_layer_cls_to_wrap": ["LlamaDecoderLayer"]})
    model = AutoModelForCausalLM.from_pretrained(base_model(), torch_dtype=torch.bfloat16)
    return Trainer, model, training


def main():
    from transformers import AutoTokenizer, default_data_collator
    from transformers.trainer_utils import get_last_checkpoint

    args = arguments()
    neuron = int(os.environ.get("SM_NUM_NEURONS", "0")) > 0
    trainer_class, model, training = (on_trainium if neuron else on_gpus)(args)
    tokenizer = AutoTokenizer.from_pretrained(base_model())
    trainer = trainer_class(model=model, args=training, train_dataset=dataset(tokenizer, args.sequence_length), data_collator=default_data_collator)
    last = get_last_checkpoint(CHECKPOINTS) if os.path.isdir(CHECKPOINTS) else None
    result = trainer.train(resume_from_checkpoint=last)
    # RUN_NEURON_PARALLEL_COMPILE: the graphs are wanted, and the weights mean nothing.
    if os.environ.get("RUN_NEURON_PARALLEL_COMPILE") == "1":
        return
    if trainer.is_world_process_zero():
        print(f"tokens_per_second={result.metrics.get('train_tokens_per_second', 0):.1f}", flush=True)
    trainer.save_model(os.environ["SM_MODEL_DIR"])
    if trainer.is_world_process_zero():
        tokenizer.save_pretrained(os.environ["SM_MODEL_DIR"])


if __name__ == "__main__":
    main()
