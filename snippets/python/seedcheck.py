from seeding import check_loader  # seeding.py: the snippet "seedmodule"

# check_loader(loader)
