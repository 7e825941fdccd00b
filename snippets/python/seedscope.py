from seeding import seed_scope  # seeding.py: the snippet "seeding"

# with seed_scope(2020):
#     validate(model)
