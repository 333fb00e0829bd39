"""What a GPU makes of xtl: ``python -m tests.gpu`` measures, its README says what and how."""
