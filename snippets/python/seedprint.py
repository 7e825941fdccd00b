from seeding import fingerprint

# print(fingerprint(model.state_dict()))
