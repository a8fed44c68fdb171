using System.Text;
using BenchmarkDotNet.Attributes;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.Selectors;
using Lodestone.ApiServer.Storage;

namespace Lodestone.Benchmarks;

/// <summary>What a list takes that looks at many objects and selects none: the goal is 20 ms for 100,000.</summary>
public class SelectiveListBenchmarks
{
    private readonly SelectableFields _fields = new(ResourceDefinitions.LoadBalancer.SelectableFields);
    private ObjectMap _objects = ObjectMap.Empty;
    private LabelSelector _labels = LabelSelector.Everything;
    private LabelSelector _absentLabel = LabelSelector.Everything;
    private FieldSelector _field = FieldSelector.Everything;

    [Params(1_000, 10_000, 100_000)]
    public int Objects { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string padding = new('x', 900);
        foreach (int i in Enumerable.Range(0, Objects))
        {
            var draft = new ObjectDraft(Encoding.UTF8.GetBytes($$$"""
                {"kind":"LoadBalancer","apiVersion":"networking.ironcore.dev/v1alpha1","metadata":{"name":"lb{{{i:000000}}}","namespace":"default","uid":"u{{{i}}}","resourceVersion":"","labels":{"app":"a{{{i % 100}}}","tier":"t{{{i % 7}}}","team":"m{{{i % 31}}}"},"annotations":{"x":"{{{padding}}}"}},"spec":{"type":"Public","networkRef":{"name":"net-{{{i % 50}}}"} } }
                """));
            _objects = _objects.Set(StoredObject.Create(draft.Summary, draft.Json.Span, i + 1, draft.Key));
        }

        _labels = LabelSelector.Parse("app=none,tier in (t1,t2)");
        _absentLabel = LabelSelector.Parse("nowhere");
        _field = FieldSelector.Parse("spec.networkRef.name=none", _fields);
        FieldSelectorEmptyResult();
    }

    [Benchmark]
    public int LabelSelectorEmptyResult() => Count(_labels, FieldSelector.Everything);

    [Benchmark]
    public int LabelAbsentEmptyResult() => Count(_absentLabel, FieldSelector.Everything);

    [Benchmark]
    public int FieldSelectorEmptyResult() => Count(LabelSelector.Everything, _field);

    private int Count(LabelSelector labels, FieldSelector fields)
    {
        int count = 0;
        foreach (StoredObject item in _objects)
        {
            count += labels.Matches(item.Summary) && fields.Matches(item) ? 1 : 0;
        }

        return count;
    }
}
