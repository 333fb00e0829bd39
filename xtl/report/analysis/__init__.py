"""Results to plain values for figures and page: curves by setting, gains, fits, costs, what is missing.

Each file answers one question of a reader and knows neither pictures nor HTML.
"""
