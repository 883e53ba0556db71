"""What general practices see and decide: effort, access, lists, their future, new ones."""
