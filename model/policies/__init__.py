"""What a policy file may say, its terms, and the presets."""
