def numbers(rank):
    torch.manual_seed(rank_seed(1, rank))
    return torch.rand(5, device=device).tolist()


assert numbers(0) == numbers(0) != numbers(1)
