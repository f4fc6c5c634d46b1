"""Trains a small classifier on one GPU, or on as many as torchrun starts it for."""
import argparse
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, DistributedSampler


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    parser.add_argument("--batch-size", type=int, default=256)
    return parser.parse_args()


def load(folder):
    """Tensors `x` and `y`, saved with torch.save, in every file of the channel."""
    parts = [torch.load(os.path.join(folder, name), weights_only=True) for name in sorted(os.listdir(folder))]
    return torch.cat([part["x"] for part in parts]).float(), torch.cat([part["y"] for part in parts]).long()


def main():
    args = arguments()
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    local_rank = int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cuda", local_rank) if torch.cuda.is_available() else torch.device("cpu")
    if several:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    x, y = load(os.environ["SM_CHANNEL_TRAIN"])
    data = TensorDataset(x, y)
    model = nn.Sequential(nn.Linear(x.shape[1], 256), nn.ReLU(), nn.Linear(256, int(y.max()) + 1)).to(device)
    checkpoint = "/opt/ml/checkpoints/model.pt"
    start = 0
    if os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        start = state["epoch"] + 1
    trained = nn.parallel.DistributedDataParallel(model) if several else model
    optimizer = torch.optim.AdamW(trained.parameters(), lr=args.learning_rate)
    sampler = DistributedSampler(data) if several else None
    loader = DataLoader(data, batch_size=args.batch_size, sampler=sampler, shuffle=sampler is None)
    first = not several or dist.get_rank() == 0
    for epoch in range(start, args.epochs):
        if sampler is not None:
            sampler.set_epoch(epoch)
        for batch, labels in loader:
            loss = nn.functional.cross_entropy(trained(batch.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if first:
            print(f"epoch={epoch} loss={loss.item():.4f}", flush=True)
            os.makedirs(os.path.dirname(checkpoint), exist_ok=True)
            torch.save({"model": model.state_dict(), "epoch": epoch}, checkpoint)
    if first:
        torch.save(model.state_dict(), os.path.join(os.environ["SM_MODEL_DIR"], "model.pt"))


if __name__ == "__main__":
    main()
