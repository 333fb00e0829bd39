# Reference numbers for xtl.statistics.crossed: Rscript statistics.R > statistics.json
# y ~ 1 + (1 | seed) + (1 | lang) by REML, degrees of freedom after Satterthwaite (lmerTest).
suppressPackageStartupMessages({ library(lmerTest); library(jsonlite) })

table_of <- function(seed, num_seeds, num_langs, sd) {
  set.seed(seed)
  noise <- matrix(rnorm(num_seeds * num_langs, 0, sd[3]), num_seeds)
  effects <- outer(rnorm(num_seeds, 0, sd[1]), rnorm(num_langs, 0, sd[2]), "+")
  round(1.5 + effects + noise, 3)
}

case <- function(seed, num_seeds, num_langs, sd) {
  y <- table_of(seed, num_seeds, num_langs, sd)
  rows <- data.frame(y = as.vector(y), seed = factor(row(y)), lang = factor(col(y)))
  control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-11))
  fit <- lmer(y ~ 1 + (1 | seed) + (1 | lang), rows, REML = TRUE, control = control)
  line <- coef(summary(fit, ddf = "Satterthwaite"))[1, ]
  components <- as.data.frame(VarCorr(fit))
  of <- setNames(components$vcov, components$grp)
  list(values = y, estimate = line[["Estimate"]], se = line[["Std. Error"]], df = line[["df"]],
       p = line[["Pr(>|t|)"]],
       components = list(seeds = of[["seed"]], langs = of[["lang"]], residual = of[["Residual"]]),
       is_singular = isSingular(fit))
}

cases <- list(
  case(1, 3, 9, c(0.8, 0.8, 0.3)), case(2, 5, 9, c(0.8, 0.4, 0.3)), case(3, 10, 9, c(0.4, 0.8, 0.3)),
  case(4, 3, 15, c(0.6, 0.6, 0.4)), case(5, 5, 15, c(0.8, 0.8, 0.8)), case(6, 10, 3, c(0.5, 0.8, 0.3)),
  case(7, 5, 9, c(0.05, 1.0, 0.5)), case(8, 5, 9, c(1.0, 0.05, 0.5)), case(9, 3, 9, c(0.0, 0.0, 0.5)),
  case(10, 5, 5, c(0.5, 0.5, 1.0)))
cat(toJSON(list(
  note = "lmer(y ~ 1 + (1 | seed) + (1 | lang)), REML, Satterthwaite; values[seed][lang]",
  name = "crossed", source = paste("R", getRversion(), "lmerTest", packageVersion("lmerTest"),
                                   "lme4", packageVersion("lme4")),
  cases = cases), digits = NA, auto_unbox = TRUE, pretty = FALSE), "\n")
