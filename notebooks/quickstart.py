# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # From a sourced fact to a loss
#
# Six steps: what is known, who depends on whom, what could happen, what then happens, what it costs, and what that does
# to a book.

# %%
import supplychain_risk as scr

data = scr.load_dataset()
data.count_by_confidence()

# %% [markdown]
# Three quarters of the numbers are assumptions. Each has a range, and each says where it comes from.

# %%
share = data.companies["tsmc"].makes["cowos"].share
print(share)

# %% [markdown]
# ## Who depends on whom
#
# A node is an activity: a company making a product. Where no customer-supplier share is known, market shares fill
# in, and all flows are balanced at once, so that nobody sells more than it makes.

# %%
network = scr.SupplyNetwork.from_dataset(data)
network.suppliers("nvidia").head(10)

# %% [markdown]
# Facts that cannot all be true stay visible, with the size of the disagreement.

# %%
network.conflicts.head(5)

# %% [markdown]
# ## What could happen
#
# `taiwan` is a mixture of a quarantine, a blockade and an invasion. Everything below is conditional on one of them
# happening; how often that is stands apart.

# %%
scenario = scr.load_scenario("taiwan")
for part, weight in scenario.components():
    print(f"{part.name}: {weight:.0%}")

# %% [markdown]
# ## What then happens
#
# A few hundred draws show the shape. The Monte Carlo error stands beside each mean.

# %%
run = scr.simulate(network, "taiwan", n_draws=256, horizon_days=728, seed=7)
run.output_loss(by="product").sort_values("mean_days", ascending=False).head(15)

# %% [markdown]
# ## What it costs
#
# Lost contribution, discounted, against market value. The returns come three times: `plain_return` is lost cash flow
# and lost customers, `network_return` adds repricing, which is a judgement, and `total_return` adds the fall of the
# whole market, which in a war is not the network's doing.

# %%
returns = scr.equity_returns(run)
returns.table()[["name", "loss_usd_bn", "loss_error", "plain_return", "network_return", "total_return"]].head(15)

# %% [markdown]
# A blank return means that the company has no known market value; its loss in USD stands all the same. Where a number
# comes from is one question away: `python -m supplychain_risk show tsmc`.

# %% [markdown]
# ## A book
#
# Weights by ticker; the rest to 1 is cash, shorts are negative, and a fund on a packaged index (IWM) is looked through.
# `Portfolio.from_csv` reads a file. `notes` says what was assumed.

# %%
book = scr.Portfolio.from_weights({"NVDA": 0.3, "TSM": 0.2, "MU": 0.1, "PNC": 0.2, "IWM": 0.2, "INTC": -0.1})
book.notes

# %% [markdown]
# Losses are positive, as parts of the worth of the book. The level is low: beyond it should lie 30 draws or more.

# %%
risk = scr.portfolio_risk(returns, book, level=0.85)
risk.table()

# %% [markdown]
# What each holding adds to the mean loss and to expected shortfall. The columns add up to the book. A regional bank has
# exactly nothing from the network.

# %%
risk.contributions(by="holding")[["weight", "network_mean", "network_es", "total_es", "total_es_error"]]

# %%
risk.contributions(by="channel")[["network_mean", "network_es", "total_mean", "total_es"]]

# %% [markdown]
# Which hits the missing deliveries behind a holding's loss go back to, and through which chains.

# %%
why = run.explain("nvidia", draws=64)
why.paths[["path", "loss_usd_bn", "standard_error", "share"]].head(5)

# %% [markdown]
# ## A year
#
# Up to here the event was given. With rates of events, which are the weakest part of all, comes the loss of a year:
# here of three scenarios and few draws, which shows how it is called and no more. `aep` is the loss of a year that is
# reached once in so many years, with the market; `aep_unreliable` says why not to trust it.

# %%
rates = scr.load_frequencies().only("taiwan-quarantine", "taiwan-blockade", "taiwan-invasion")
years = scr.annual_risk(network, book, frequencies=rates, n_draws=64, n_years=5_000, seed=7)
years.curve([20, 50, 100])[["aep", "aep_error", "aep_unreliable", "network_aep"]]

# %%
years.average()[["annual_loss", "standard_error", "low", "high"]]
