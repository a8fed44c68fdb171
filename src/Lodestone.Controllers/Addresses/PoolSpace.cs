namespace Lodestone.Controllers.Addresses;

/// <summary>The addresses of one family in one pool.</summary>
/// <param name="Pool">The pool's name.</param>
/// <param name="Family">The family.</param>
/// <param name="Total">How many addresses of the family the pool holds.</param>
internal readonly record struct PoolSpace(string Pool, string Family, UInt128 Total);
