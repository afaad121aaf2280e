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
# Five steps: what is known, who depends on whom, what could happen, what then happens, what it costs.

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
# Lost contribution, discounted, against market value. The market factor is a channel of its own: the fall of the
# whole market in a war is not the network's doing.

# %%
returns = scr.equity_returns(run)
returns.table()[["name", "loss_usd_bn", "loss_error", "network_return", "total_return"]].head(15)

# %% [markdown]
# A blank return means that the company has no known market value; its loss in USD stands all the same. Where a number
# comes from is one question away: `python -m supplychain_risk show tsmc`.
