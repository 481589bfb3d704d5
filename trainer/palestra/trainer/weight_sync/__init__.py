"""How the weights of the learner get to whoever samples."""
