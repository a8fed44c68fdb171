using Lodestone.ApiServer.FieldManagement;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>What the walks over one or two values find, shape by shape.</summary>
public sealed class FieldWalkTests
{
    [Theory]
    [InlineData("{'text':'a','number':1,'flag':true}", "{'f:flag':{},'f:number':{},'f:text':{}}")]
    [InlineData("{'text':null}", "{'f:text':{}}")]
    [InlineData("{'struct':{'inner':{'text':'a'}}}", "{'f:struct':{'f:inner':{'f:text':{}}}}")]
    [InlineData("{'struct':{}}", "{'f:struct':{}}")]
    [InlineData("{'struct':null}", "{'f:struct':{}}")]
    [InlineData("{'struct':{'inner':{}}}", "{'f:struct':{'f:inner':{}}}")]
    [InlineData("{'atomicStruct':{'text':'a'}}", "{'f:atomicStruct':{}}")]
    [InlineData("{'labels':{'a':'1','b':'2'}}", "{'f:labels':{'f:a':{},'f:b':{}}}")]
    [InlineData("{'labels':{}}", "{'f:labels':{}}")]
    [InlineData("{'atomicMap':{'a':'1'}}", "{'f:atomicMap':{}}")]
    [InlineData("{'structs':{'a':{'value':1}}}", "{'f:structs':{'f:a':{'.':{},'f:value':{}}}}")]
    [InlineData("{'list':['a']}", "{'f:list':{}}")]
    [InlineData("{'list':[]}", "{'f:list':{}}")]
    [InlineData("{'set':['b','a']}", "{'f:set':{'v:\\'a\\'':{},'v:\\'b\\'':{}}}")]
    [InlineData("{'set':[]}", "{}")]
    [InlineData("{'set':['a','a','b']}", "{'f:set':{'v:\\'a\\'':{},'v:\\'b\\'':{}}}")]
    [InlineData("{'items':[{'name':'a','value':1}]}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{},'f:value':{}}}}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'a','value':2}]}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{}}}")]
    [InlineData("{'ports':[{'port':80}]}", "{'f:ports':{'k:{\\'port\\':80,\\'protocol\\':\\'TCP\\'}':{'.':{},'f:port':{}}}}")]
    [InlineData("{'atomicList':[{'name':'a'}]}", "{'f:atomicList':{}}")]
    [InlineData("{'any':{'a':{'b':[1],'c':{}}}}", "{'f:any':{'f:a':{'.':{},'f:b':{},'f:c':{}}}}")]
    [InlineData("{'any':[1]}", "{'f:any':{}}")]
    [InlineData("{'any':1}", "{'f:any':{}}")]
    [InlineData("{'open':{'known':1,'other':{'a':1}}}", "{'f:open':{'f:known':{},'f:other':{'.':{},'f:a':{}}}}")]
    public void FieldsOf_Value_AreTheLeavesAndTheItems(string value, string expected) =>
        Assert.Equal(Sample.Json(expected), Sample.Text(FieldSets.Of(Sample.Value(value), Sample.Schema)));

    [Theory]
    [InlineData("{}", "{}", "{}", "{}", "{}")]
    [InlineData("{'text':'a'}", "{'text':'a'}", "{}", "{}", "{}")]
    [InlineData("{'number':1}", "{'number':1.0}", "{}", "{}", "{}")]
    [InlineData("{'text':'a'}", "{'text':'b'}", "{}", "{'f:text':{}}", "{}")]
    [InlineData("{}", "{'text':'b'}", "{'f:text':{}}", "{}", "{}")]
    [InlineData("{'text':'b'}", "{}", "{}", "{}", "{'f:text':{}}")]
    [InlineData("{}", "{'struct':{'text':'a'}}", "{'f:struct':{'.':{},'f:text':{}}}", "{}", "{}")]
    [InlineData("{'struct':{'text':'a'}}", "{}", "{}", "{}", "{'f:struct':{'.':{},'f:text':{}}}")]
    [InlineData("{'struct':{'text':'a'}}", "{'struct':{}}", "{}", "{}", "{'f:struct':{'f:text':{}}}")]
    [InlineData("{}", "{'struct':{}}", "{'f:struct':{}}", "{}", "{}")]
    [InlineData("{'struct':{}}", "{'struct':null}", "{}", "{'f:struct':{}}", "{}")]
    [InlineData("{'labels':{'a':'1'}}", "{'labels':{'a':'2','b':'1'}}", "{'f:labels':{'f:b':{}}}", "{'f:labels':{'f:a':{}}}", "{}")]
    [InlineData("{'atomicMap':{'a':'1'}}", "{'atomicMap':{'a':'1','b':'2'}}", "{}", "{'f:atomicMap':{}}", "{}")]
    [InlineData("{'atomicStruct':{'text':'a'}}", "{'atomicStruct':{'text':'b'}}", "{}", "{'f:atomicStruct':{}}", "{}")]
    [InlineData("{'list':['a','b']}", "{'list':['b','a']}", "{}", "{'f:list':{}}", "{}")]
    [InlineData("{'set':['a','b']}", "{'set':['b','a']}", "{}", "{}", "{}")]
    [InlineData("{'set':['a','b']}", "{'set':['b','c']}", "{'f:set':{'v:\\'c\\'':{}}}", "{}", "{'f:set':{'v:\\'a\\'':{}}}")]
    [InlineData("{'set':[]}", "{'set':null}", "{}", "{'f:set':{}}", "{}")]
    [InlineData("{}", "{'set':['a']}", "{'f:set':{'.':{},'v:\\'a\\'':{}}}", "{}", "{}")]
    [InlineData("{'items':[{'name':'a','value':1}]}", "{'items':[{'name':'a','value':2}]}", "{}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{'f:value':{}}}}", "{}")]
    [InlineData("{'items':[{'name':'a'}]}", "{'items':[{'name':'b'}]}", "{'f:items':{'k:{\\'name\\':\\'b\\'}':{'.':{},'f:name':{}}}}", "{}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{}}}}")]
    [InlineData("{'set':['a','a']}", "{'set':['a','a']}", "{}", "{}", "{}")]
    [InlineData("{'set':['a','a']}", "{'set':['a']}", "{'f:set':{'v:\\'a\\'':{}}}", "{}", "{'f:set':{'v:\\'a\\'':{}}}")]
    [InlineData("{'set':['a','a']}", "{'set':['b']}", "{'f:set':{'v:\\'b\\'':{}}}", "{}", "{'f:set':{'v:\\'a\\'':{}}}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'a','value':2}]}", "{'items':[{'name':'a','value':1},{'name':'a','value':3}]}", "{}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{}}}", "{}")]
    [InlineData("{'items':[{'name':'a','value':1}]}", "{'items':[{'name':'a','value':1},{'name':'a','value':1}]}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{}}}", "{}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{'.':{},'f:name':{},'f:value':{}}}}")]
    [InlineData("{'any':{'a':1}}", "{'any':{'a':2,'b':[1]}}", "{'f:any':{'f:b':{}}}", "{'f:any':{'f:a':{}}}", "{}")]
    [InlineData("{'any':{'a':1}}", "{'any':1}", "{}", "{'f:any':{}}", "{'f:any':{'f:a':{}}}")]
    [InlineData("{'any':1}", "{'any':{'a':1}}", "{'f:any':{'f:a':{}}}", "{'f:any':{}}", "{}")]
    [InlineData("{'any':[1]}", "{'any':{'a':1}}", "{'f:any':{'f:a':{}}}", "{'f:any':{}}", "{}")]
    [InlineData("{'any':null}", "{'any':{'a':1}}", "{'f:any':{'f:a':{}}}", "{}", "{}")]
    public void Compare_TwoValues_TellsAddedModifiedAndRemoved(string before, string after, string added, string modified, string removed)
    {
        FieldChanges changes = FieldComparer.Compare(Sample.Value(before), Sample.Value(after), Sample.Schema);

        Assert.Equal(
            (Sample.Json(added), Sample.Json(modified), Sample.Json(removed)),
            (Sample.Text(changes.Added), Sample.Text(changes.Modified), Sample.Text(changes.Removed)));
    }

    [Theory]
    [InlineData("{'text':'a'}", "{'number':1}", "{'text':'a','number':1}")]
    [InlineData("{'text':'a'}", "{'text':'b'}", "{'text':'b'}")]
    [InlineData("{'text':'a'}", "{'text':null}", "{'text':null}")]
    [InlineData("{'struct':{'text':'a','inner':{'text':'x'}}}", "{'struct':{'number':1,'inner':{'number':2}}}", "{'struct':{'text':'a','inner':{'text':'x','number':2},'number':1}}")]
    [InlineData("{'struct':{'text':'a'}}", "{'struct':{}}", "{'struct':{'text':'a'}}")]
    [InlineData("{'struct':{'text':'a'}}", "{'struct':null}", "{'struct':{'text':'a'}}")]
    [InlineData("{'struct':{}}", "{'struct':null}", "{'struct':null}")]
    [InlineData("{'struct':null}", "{'struct':{}}", "{'struct':{}}")]
    [InlineData("{'labels':{'a':'1'}}", "{'labels':{'b':'2'}}", "{'labels':{'a':'1','b':'2'}}")]
    [InlineData("{'atomicMap':{'a':'1'}}", "{'atomicMap':{'b':'2'}}", "{'atomicMap':{'b':'2'}}")]
    [InlineData("{'atomicStruct':{'text':'a'}}", "{'atomicStruct':{'number':1}}", "{'atomicStruct':{'number':1}}")]
    [InlineData("{'list':['a']}", "{'list':['b','c']}", "{'list':['b','c']}")]
    [InlineData("{'list':['a']}", "{'list':[]}", "{'list':[]}")]
    [InlineData("{'list':['a']}", "{'list':null}", "{'list':null}")]
    [InlineData("{'set':['a']}", "{'set':[]}", "{'set':['a']}")]
    [InlineData("{'set':[]}", "{'set':null}", "{'set':null}")]
    [InlineData("{'set':['a','b','c']}", "{'set':['c','a']}", "{'set':['b','c','a']}")]
    [InlineData("{'set':['a','b','c','d']}", "{'set':['b','a']}", "{'set':['b','c','d','a']}")]
    [InlineData("{'set':['a','b']}", "{'set':['c','a']}", "{'set':['c','a','b']}")]
    [InlineData("{'set':['a','b']}", "{'set':['a','c']}", "{'set':['a','b','c']}")]
    [InlineData("{'set':['b','x','a']}", "{'set':['a','c','b']}", "{'set':['x','a','c','b']}")]
    [InlineData("{'set':['x']}", "{'set':['a','b']}", "{'set':['x','a','b']}")]
    [InlineData("{'set':['a','a','x']}", "{'set':['a','b']}", "{'set':['a','b','x']}")]
    [InlineData("{'set':['a','a','x']}", "{'set':['b']}", "{'set':['a','a','x','b']}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'b','value':2}]}", "{'items':[{'name':'b','labels':{'x':'y'}},{'name':'c'}]}", "{'items':[{'name':'a','value':1},{'name':'b','value':2,'labels':{'x':'y'}},{'name':'c'}]}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'a','value':2}]}", "{'items':[{'name':'a','value':3}]}", "{'items':[{'name':'a','value':3}]}")]
    [InlineData("{'ports':[{'port':80,'protocol':'TCP'}]}", "{'ports':[{'port':80,'name':'web'},{'port':80,'protocol':'UDP'}]}", "{'ports':[{'port':80,'protocol':'TCP','name':'web'},{'port':80,'protocol':'UDP'}]}")]
    [InlineData("{'any':{'a':1}}", "{'any':{'b':[2]}}", "{'any':{'a':1,'b':[2]}}")]
    [InlineData("{'any':{'a':1}}", "{'any':[2]}", "{'any':[2]}")]
    [InlineData("{'any':[1]}", "{'any':{'a':2}}", "{'any':{'a':2}}")]
    [InlineData("{'any':1}", "{'any':null}", "{'any':null}")]
    public void Merge_LiveAndApplied_AppliedWinsAndTheRestStays(string live, string applied, string expected) =>
        Assert.Equal(Sample.Json(expected), Sample.Text(FieldMerger.Merge(Sample.Value(live), Sample.Value(applied), Sample.Schema)));

    [Theory]
    [InlineData("{'text':'a','number':1}", "{'f:text':{}}", "{'number':1}")]
    [InlineData("{'text':'a'}", "{'f:text':{}}", "null")]
    [InlineData("{'struct':{'text':'a','number':1}}", "{'f:struct':{'f:text':{}}}", "{'struct':{'number':1}}")]
    [InlineData("{'struct':{'text':'a'}}", "{'f:struct':{'f:text':{}}}", "{'struct':null}")]
    [InlineData("{'struct':{'text':'a'},'flag':true}", "{'f:struct':{}}", "{'flag':true}")]
    [InlineData("{'labels':{'a':'1','b':'2'}}", "{'f:labels':{'f:a':{}}}", "{'labels':{'b':'2'}}")]
    [InlineData("{'set':['a','b']}", "{'f:set':{'v:\\'a\\'':{}}}", "{'set':['b']}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'b'}]}", "{'f:items':{'k:{\\'name\\':\\'a\\'}':{'f:value':{}},'k:{\\'name\\':\\'b\\'}':{}}}", "{'items':[{'name':'a'}]}")]
    [InlineData("{'list':['a'],'flag':true}", "{'f:list':{}}", "{'flag':true}")]
    [InlineData("{'any':{'a':{'b':1,'c':2}}}", "{'f:any':{'f:a':{'f:b':{}}}}", "{'any':{'a':{'c':2}}}")]
    public void Remove_Fields_LeavesTheOthers(string value, string fields, string expected) =>
        Assert.Equal(Sample.Json(expected), Sample.Text(FieldRemover.Remove(Sample.Value(value), Sample.Set(fields), Sample.Schema)));

    [Theory]
    [InlineData("{'text':'a','number':1}", "{'f:text':{}}", "{'text':'a'}")]
    [InlineData("{'struct':{'text':'a','number':1}}", "{'f:struct':{'f:text':{}}}", "{'struct':{'text':'a'}}")]
    [InlineData("{'labels':{'a':'1','b':'2'},'list':['x']}", "{'f:labels':{'f:a':{}},'f:list':{}}", "{'labels':{'a':'1'},'list':['x']}")]
    [InlineData("{'items':[{'name':'a','value':1},{'name':'b','value':2}]}", "{'f:items':{'k:{\\'name\\':\\'b\\'}':{'f:value':{}}}}", "{'items':[{'value':2,'name':'b'}]}")]
    [InlineData("{'set':['a','b']}", "{'f:set':{'v:\\'b\\'':{},'v:\\'c\\'':{}}}", "{'set':['b']}")]
    public void Extract_Fields_KeepsOnlyThem(string value, string fields, string expected) =>
        Assert.Equal(Sample.Json(expected), Sample.Text(FieldRemover.Extract(Sample.Value(value), Sample.Set(fields), Sample.Schema)));

    [Theory]
    [InlineData("{'foo':1}", ".foo: field not declared in schema")]
    [InlineData("{'struct':{'inner':{'foo':1}}}", ".struct.inner.foo: field not declared in schema")]
    [InlineData("{'text':1}", ".text: expected string, got 1")]
    [InlineData("{'number':'a'}", ".number: expected numeric (int or float), got \"a\"")]
    [InlineData("{'flag':'true'}", ".flag: expected boolean, got \"true\"")]
    [InlineData("{'struct':[]}", ".struct: expected map, got a list")]
    [InlineData("{'list':{}}", ".list: expected list, got a map")]
    [InlineData("{'list':[1]}", ".list[0]: expected string, got 1")]
    [InlineData("{'intOrString':[]}", ".intOrString: expected any scalar, got a list")]
    [InlineData("{'set':['a','a']}", ".set: duplicate entries for key [=\"a\"]")]
    [InlineData("{'set':[null]}", ".set: element 0: associative list without keys has an element that's an explicit null")]
    [InlineData("{'set':[{}]}", ".set: element 0: associative list without keys has an element that's a map type")]
    [InlineData("{'set':[[]]}", ".set: element 0: not supported: associative list with lists as elements")]
    [InlineData("{'items':[{'value':1}]}", ".items: element 0: associative list with keys has an element that omits key field \"name\" (and doesn't have default value)")]
    [InlineData("{'items':[null]}", ".items: element 0: associative list with keys may not have a null element")]
    [InlineData("{'items':['a']}", ".items: element 0: associative list with keys may not have non-map elements")]
    [InlineData("{'items':[{'name':'a'},{'name':'a'}]}", ".items: duplicate entries for key [name=\"a\"]")]
    [InlineData("{'ports':[{'port':80},{'port':80,'protocol':'TCP'}]}", ".ports: duplicate entries for key [port=80,protocol=\"TCP\"]")]
    [InlineData("{'ports':[{'protocol':'TCP'}]}", ".ports: element 0: associative list with keys has an element that omits key field \"port\" (and doesn't have default value)")]
    [InlineData("{'ports':[{}]}", ".ports: element 0: associative list with keys has an element that omits key field \"port\" (and doesn't have default value)")]
    public void Validate_WhatCannotBeMerged_IsNamed(string value, string expected) =>
        Assert.Equal([expected], FieldValidator.Validate(Sample.Value(value), Sample.Schema));

    [Theory]
    [InlineData("{'text':null,'struct':null,'list':null,'set':null,'items':null}")]
    [InlineData("{'number':1.5,'intOrString':'80%'}")]
    [InlineData("{'any':{'a':[{'b':null}]},'open':{'x':[1]}}")]
    [InlineData("{'ports':[{'port':80},{'port':80,'protocol':'UDP'}]}")]
    public void Validate_WhatCanBeMerged_HasNoProblem(string value) => Assert.Empty(FieldValidator.Validate(Sample.Value(value), Sample.Schema));
}
