from seeding import seed_scope

# with seed_scope(2020):
#     validate(model)
