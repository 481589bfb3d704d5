"""What a run trains on, and how its completions may think, end early or be helped by gold."""
